import type { FastifyRequest } from 'fastify';
import {
  MAX_CHAT_MESSAGE_BYTES,
  ToolDisplayName,
  type ChatRequest,
  type ContentPart,
} from '../../contract/http/chat.ts';
import { IdempotencyKey } from '../../contract/http/job-request.ts';
import type { Packages } from '../../packages/package.ts';
import { ownerOf } from '../auth/caller.ts';
import { lastEventId } from '../events/routes.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { readImage } from './images.ts';
import { chooseModel } from './models.ts';
import type { ChatImage, ChatMessage, ChatTurn, PreviousAnswer } from './turn.ts';

/** Pictures of all messages of a request. */
const MAX_IMAGES = 100;

/** Headers that name a conversation, the first one that is there; `full`: their clients always send all of it. */
const CONVERSATION_HEADERS = [
  { name: 'x-agenticore-session-id', tier: 'session', history: 'append' },
  { name: 'x-conversation-id', tier: 'conversation', history: 'append' },
  { name: 'x-librechat-conversation-id', tier: 'conversation', history: 'full' },
  { name: 'x-openwebui-chat-id', tier: 'conversation', history: 'full' },
] as const;

/** What the agent is asked to do beside a conversation, by clients that say so in words. */
const TASKS = [
  /^### Task:/,
  /\b5-word-or-less title for the conversation\b/i,
  /^Analyze this conversation and provide:\s+1\. The detected language/,
];

/** A message as it was sent; `field` is where its content stands in the request. */
export interface SentMessage extends Pick<ChatRequest['messages'][number], 'role' | 'content'> {
  field: string;
}

/** A request of either OpenAI API; `field` is its field with the messages. */
interface SentTurn extends Pick<ChatRequest, 'model' | 'user' | 'metadata' | 'agenticore'> {
  messages: readonly SentMessage[];
  field: string;
  after?: PreviousAnswer | undefined;
  is_stored?: boolean;
  in_background?: boolean;
}

/** What a chat request asks for; throws as `readSentTurn`. */
export function parseTurn(request: FastifyRequest, body: ChatRequest, packages: Packages): Promise<ChatTurn> {
  const messages = body.messages.map(({ role, content }, index) => {
    return { role, content, field: `messages.${index}.content` };
  });
  return readSentTurn(request, { ...body, messages, field: 'messages' }, packages);
}

/** What a request asks for. Throws 400 and 413, naming the field, and 404 `model_not_found`. */
export async function readSentTurn(request: FastifyRequest, sent: SentTurn, packages: Packages): Promise<ChatTurn> {
  const { package: agent, cli_model } = chooseModel(packages, sent.model);
  const { after, is_stored = false, in_background = false, user } = sent;
  const conversation = after === undefined ? conversationOf(request, sent) : undefined;
  const tool_display = toolDisplay(request, sent);
  const messages = await readMessages(sent);
  return {
    ...{ owner: ownerOf(request), package: agent, cli_model, messages, conversation, tool_display },
    ...{ after, is_stored, in_background },
    user:
      header(request, 'x-user-id') ??
      header(request, 'x-openwebui-user-id') ??
      (user === null || user === '' ? undefined : user),
    idempotency_key: idempotencyKey(request),
    is_retry: Number(header(request, 'x-stainless-retry-count') ?? 0) > 0,
    last_event_id: lastEventId(request),
    is_task: isTask(request, messages),
    timeout_s: sent.agenticore?.timeout ?? undefined,
  };
}

/** A header that says something: clients send placeholders that were not filled in, too. */
function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' && !/^\{\{.*\}\}$/.test(value) ? value : undefined;
}

function conversationOf(request: FastifyRequest, { metadata }: SentTurn): ChatTurn['conversation'] {
  const isFull = header(request, 'x-agenticore-history') === 'full';
  for (const { name, tier, history } of CONVERSATION_HEADERS) {
    const id = header(request, name);
    if (id !== undefined) return { id: short(name, id), tier, history: isFull ? 'full' : history };
  }
  const id = metadata?.conversation_id ?? '';
  return id === '' ? undefined : { id, tier: 'metadata', history: isFull ? 'full' : 'append' };
}

function short(name: string, id: string): string {
  if (id.length > 512) throw invalid(name, 'must have at most 512 characters');
  return id;
}

function toolDisplay(request: FastifyRequest, { agenticore }: SentTurn): ChatTurn['tool_display'] {
  const named = header(request, 'x-agenticore-tool-display');
  if (named === undefined) return agenticore?.tool_display ?? undefined;
  const { data, success } = ToolDisplayName.safeParse(named);
  if (!success) throw invalid('x-agenticore-tool-display', `must be one of ${ToolDisplayName.options.join(', ')}`);
  return data;
}

function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = header(request, 'idempotency-key');
  if (key === undefined) return undefined;
  const { success } = IdempotencyKey.safeParse(key);
  if (!success) throw invalid('Idempotency-Key', 'is not a valid key');
  return key;
}

function isTask(request: FastifyRequest, messages: readonly ChatMessage[]): boolean {
  if (header(request, 'x-agenticore-task') !== undefined) return true;
  const users = messages.filter(({ role }) => role === 'user');
  const [only] = users;
  return users.length === 1 && only !== undefined && TASKS.some((task) => task.test(only.text));
}

/** The history without what tools of the client have said: the agent has called none. */
async function readMessages({ messages, field }: SentTurn): Promise<ChatMessage[]> {
  const pictures = messages
    .flatMap(({ content }) => partsOf(content))
    .filter(({ type }) => type === 'image_url').length;
  if (pictures > MAX_IMAGES) throw invalid(field, `must have at most ${MAX_IMAGES} pictures`);
  const read = await Promise.all(messages.map(readMessage));
  const kept = read.filter((message) => message !== undefined);
  const last = kept.findLast(({ role }) => role !== 'system');
  if (last === undefined) throw invalid(field, 'must have a message of the user');
  if (last.role === 'assistant') throw invalid(field, 'must end with a message of the user');
  if (last.text.trim() === '' && last.images.length === 0) throw invalid(field, 'the last one must not be blank');
  return kept;
}

async function readMessage({ role, content, field }: SentMessage): Promise<ChatMessage | undefined> {
  if (role === 'tool' || role === 'function') return undefined;
  const parts = partsOf(content);
  const text = parts.flatMap((part) => (part.type === 'image_url' ? [] : [textIn(part)])).join('\n\n');
  if (Buffer.byteLength(text) > MAX_CHAT_MESSAGE_BYTES)
    throw new ApiError('message_too_large', `${field}: is longer than 8 MiB`, field);
  const images = await Promise.all(parts.map((part, at) => imageIn(part, role, `${field}.${at}.image_url`)));
  return {
    role: role === 'developer' ? 'system' : role,
    text,
    images: images.filter((image) => image !== undefined),
  };
}

const partsOf = (content: SentMessage['content']): ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);

const textIn = (part: Exclude<ContentPart, { type: 'image_url' }>): string =>
  part.type === 'text' ? part.text : part.refusal;

async function imageIn(part: ContentPart, role: string, field: string): Promise<ChatImage | undefined> {
  if (part.type !== 'image_url') return undefined;
  if (role !== 'user') throw invalid(field, 'must be in a message of the user');
  return readImage(part.image_url, field);
}
