import type { FastifyRequest } from 'fastify';
import type { ResponseRequest } from '../../../contract/http/responses.ts';
import { sessionOfRun } from '../../../contract/workflow/names.ts';
import { ownerOf } from '../../auth/caller.ts';
import { ApiError, invalid } from '../../http/api-error.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { instructionsIn } from '../conversations/history.ts';
import { readSentTurn, type SentMessage } from '../parse-turn.ts';
import { displayOf } from '../stream-chat.ts';
import type { ChatTurn, PreviousAnswer } from '../turn.ts';
import { inputItems, type InputItem } from './input-messages.ts';
import { responseId, runOfResponse } from './response.ts';
import type { ResponseRecord } from './response-records.ts';

/** What a request asks for, and what is kept of it. */
export interface AskedResponse {
  turn: ChatTurn;
  record: Omit<ResponseRecord, 'show' | 'cursor'>;
}

/** The response that a request goes on after. */
interface Previous {
  after: PreviousAnswer;
  record: ResponseRecord;
}

type Deps = Pick<ApiDeps, 'packages' | 'responses'>;

/**
 * Reads a request. Throws 400 and 413, naming the field, 404 `model_not_found`, and 404 `previous_response_not_found`
 * also for a response of another owner.
 */
export async function parseResponse(
  request: FastifyRequest,
  body: ResponseRequest,
  deps: Deps,
): Promise<AskedResponse> {
  const { model, user, safety_identifier, agenticore, metadata, conversation } = body;
  const background = body.background ?? false;
  const store = body.store ?? true;
  const previous_response_id = body.previous_response_id ?? null;
  if (background && !store) throw invalid('background', 'must be absent where store is false');
  if (conversation != null && previous_response_id !== null)
    throw invalid('conversation', 'must be absent where there is previous_response_id');
  const instructions = body.instructions ?? null;
  const { after, system, messages } = await readInput(deps, ownerOf(request), body);
  const sent = {
    ...{
      model,
      messages: [...systemMessages([instructions ?? '', ...system]), ...messages],
      field: 'input',
      agenticore,
    },
    ...{ user: user ?? safety_identifier, after, is_stored: store, in_background: background },
    metadata: conversation == null ? metadata : { conversation_id: conversation },
  };
  const turn = await readSentTurn(request, sent, await deps.packages());
  const created_at = Math.floor(Date.now() / 1_000);
  return {
    turn,
    record: {
      ...{ model, created_at, background, previous_response_id, instructions, system },
      ...{ metadata: metadata ?? {}, tool_display: displayOf(turn) },
    },
  };
}

/** The messages of a request without the system's, and what it goes on after. */
async function readInput(
  deps: Deps,
  owner: string,
  { input, previous_response_id }: ResponseRequest,
): Promise<{ after: PreviousAnswer | undefined; system: string[]; messages: SentMessage[] }> {
  const items = inputItems(input);
  // What was said before an answer that is kept here is known.
  const at = items.findLastIndex(({ kind }) => kind === 'reference');
  const known = items[at];
  const system = messagesIn(items).filter(isSystem).map(textOf);
  const messages = messagesIn(items.slice(at + 1)).filter((message) => !isSystem(message));
  if (known?.kind === 'reference') {
    const { after } = await findPrevious(deps, owner, responseOfItem(known.id), known.field);
    return { after, system, messages };
  }
  if (previous_response_id == null) return { after: undefined, system, messages };
  const { after, record } = await findPrevious(deps, owner, previous_response_id, 'previous_response_id');
  return { after, system: [...record.system, ...system], messages };
}

/** 404 for a response that is not kept and, alike, for one of another owner. */
async function findPrevious({ responses }: Deps, owner: string, id: string, field: string): Promise<Previous> {
  const run = sessionOfRun(runOfResponse(id) ?? '');
  const record = run && (await responses.get(owner, id));
  if (run === undefined || record === undefined)
    throw new ApiError('previous_response_not_found', `the response ${id.slice(0, 100)} does not exist`, field);
  const instructions = instructionsIn([record.instructions ?? '', ...record.system]);
  return { after: { session_id: run.session_id, run: run.number, instructions }, record };
}

/** The response that has an item. */
const responseOfItem = (id: string): string => responseId(/^(?:msg|rs)_(.+)_\d+$/s.exec(id)?.[1] ?? '');

const messagesIn = (items: readonly InputItem[]): SentMessage[] =>
  items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));

const isSystem = ({ role }: SentMessage): boolean => role === 'system' || role === 'developer';

const textOf = ({ content }: SentMessage): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');

const systemMessages = (texts: readonly string[]): SentMessage[] =>
  texts.map((content) => ({ role: 'system', content, field: 'instructions' }));
