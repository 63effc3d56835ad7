import { z } from 'zod';
import { MAX_TIMEOUT_S } from './job-request.ts';

/** How the agent's tool calls are shown in a stream of chat completions. */
export const TOOL_DISPLAYS = ['reasoning', 'content', 'openwebui', 'structured'] as const;
export type ToolDisplay = (typeof TOOL_DISPLAYS)[number];
export const ToolDisplayName = z.enum(TOOL_DISPLAYS);

/** Largest body of a chat request, and longest text of one of its messages (bytes). */
export const CHAT_BODY_LIMIT = 32 * 1024 * 1024;
export const MAX_CHAT_MESSAGE_BYTES = 8 * 1024 * 1024;

/** A text that an agent can be told. */
export const MessageText = z.string().refine((said) => !said.includes('\0'), 'must not contain NUL');

const ImageUrl = z.union([z.string(), z.looseObject({ url: z.string() })]).transform((image) =>
  // Some clients send the address alone.
  typeof image === 'string' ? image : image.url,
);

const ContentPart = z.discriminatedUnion(
  'type',
  [
    z.looseObject({ type: z.literal('text'), text: MessageText }),
    z.looseObject({ type: z.literal('image_url'), image_url: ImageUrl }),
    z.looseObject({ type: z.literal('refusal'), refusal: MessageText }),
  ],
  { error: 'must be a part of type text or image_url; the agent takes no other' },
);
export type ContentPart = z.infer<typeof ContentPart>;

/** What is wrong with the content of a message, and with which of its parts. */
const contentProblem = (issue: { input?: unknown; errors?: readonly (readonly z.core.$ZodIssue[])[] }): string => {
  const [first] = Array.isArray(issue.input) ? (issue.errors?.at(-1) ?? []) : [];
  return first === undefined ? 'must be a text or a list of parts' : `part ${first.path.join('.')}: ${first.message}`;
};

const Message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([MessageText, z.array(ContentPart)], { error: contentProblem }).nullish(),
});

/** What only agenticore understands; a client of an SDK sends it in `extra_body`. */
export const ChatExtension = z.looseObject({
  tool_display: ToolDisplayName.nullish().describe("How tool calls are shown, in place of the package's way."),
  timeout: z.number().int().min(1).max(MAX_TIMEOUT_S).nullish().describe('Seconds that the answer may take.'),
});

const refused = (message: string) => ({ error: message });

/** What a client may say about its own tools, of which an agent calls none. */
export const AgentToolChoice = z.enum(
  ['none', 'auto'],
  refused('must be none or auto: the agent has tools of its own, and calls none of the client'),
);

export const ConversationMetadata = z
  .looseObject({ conversation_id: z.string().max(512).nullish() })
  .describe('`conversation_id` says which conversation it is.');

/** Body of POST /v1/chat/completions: what an agent cannot heed is taken all the same, as clients send it always. */
export const ChatRequest = z.looseObject({
  model: z.string().min(1).max(300).describe('Name of an agent package.'),
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, refused('must be 1: an agent gives one answer')).nullish(),
  tool_choice: AgentToolChoice.nullish(),
  user: z.string().max(512).nullish().describe('Tells persons apart who share a key.'),
  metadata: ConversationMetadata.nullish(),
  agenticore: ChatExtension.nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** Parameters that change the answer of a model and not that of an agent: a reply says which of them it ignored. */
const IGNORED_IN_CHAT = [
  ...['tools', 'functions', 'response_format', 'stop', 'logprobs', 'max_tokens', 'max_completion_tokens'],
  ...['modalities', 'audio', 'prediction', 'web_search_options', 'instructions', 'text'],
];

/** Those of `names` that the request has. */
export const ignoredIn = (
  request: Readonly<Record<string, unknown>>,
  names: readonly string[] = IGNORED_IN_CHAT,
): string[] => names.filter((name) => request[name] !== undefined && request[name] !== null);

/** An error as OpenAI's SDKs read it. */
export const OpenAiError = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
export type OpenAiError = z.infer<typeof OpenAiError>;

export const ModelRecord = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number().int(),
  owned_by: z.string(),
  description: z.string().optional(),
});
export const ModelListReply = z.object({ object: z.literal('list'), data: z.array(ModelRecord) });

/** A chat completion; see docs/streaming.md for what is beside OpenAI's fields. */
export const ChatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.number().int(),
  model: z.string(),
  choices: z.array(z.looseObject({ index: z.literal(0), finish_reason: z.enum(['stop', 'length', 'content_filter']) })),
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

/** Tokens of an answer as chat clients count them: those from the cache are part of the prompt. */
export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}
