import { z } from 'zod';
import { AgentToolChoice, ChatExtension, ConversationMetadata, MessageText } from './chat.ts';

/** A part of a message; which types there are is told to the caller by name. */
const Part = z.looseObject({
  type: z.string(),
  text: MessageText.nullish(),
  refusal: MessageText.nullish(),
  image_url: z.string().nullish(),
});
export type ResponsePart = z.infer<typeof Part>;

/** A message, or anything else that a client has kept of a conversation. */
const Item = z.looseObject({
  type: z.string().nullish(),
  id: z.string().nullish(),
  role: z.string().nullish(),
  content: z.union([MessageText, z.array(Part)], { error: 'must be a text or a list of parts' }).nullish(),
});
export type ResponseInputItem = z.infer<typeof Item>;

/** Body of POST /v1/responses: what an agent cannot heed is taken all the same, as clients send it always. */
export const ResponseRequest = z.looseObject({
  model: z.string().min(1).max(300).describe('Name of an agent package.'),
  input: z.union([MessageText, z.array(Item).min(1)], { error: 'must be a text or a list of items' }),
  instructions: MessageText.nullish(),
  previous_response_id: z.string().max(200).nullish().describe('The response after which the conversation goes on.'),
  conversation: z
    .union([z.string().max(512), z.looseObject({ id: z.string().max(512) }).transform(({ id }) => id)])
    .nullish()
    .describe('Which conversation it is; any name.'),
  background: z.boolean().nullish().describe('Reply at once; the run goes on whoever waits for it.'),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish().describe('False: the response cannot be read again, nor named by a later one.'),
  tool_choice: AgentToolChoice.nullish(),
  user: z.string().max(512).nullish().describe('Tells persons apart who share a key.'),
  safety_identifier: z.string().max(512).nullish().describe('The same.'),
  metadata: ConversationMetadata.nullish(),
  agenticore: ChatExtension.nullish(),
});
export type ResponseRequest = z.infer<typeof ResponseRequest>;

/** Parameters that change the answer of a model and not that of an agent. */
export const IGNORED_IN_RESPONSES = [
  ...['tools', 'text', 'prompt', 'max_output_tokens', 'max_tool_calls', 'top_logprobs', 'context_management'],
];

/** Query of GET /v1/responses/{id}. */
export const ResponseQuery = z.looseObject({
  stream: z.enum(['true', 'false']).optional().describe('Its events from the beginning, and then as they come.'),
  starting_after: z.coerce.number().int().min(0).optional().describe('Only those after this sequence_number.'),
});

/** A part of an answer: what the agent says, or what it thinks and which tools it calls. */
export type OutputItem =
  | {
      id: string;
      type: 'message';
      role: 'assistant';
      status: ItemStatus;
      content: { type: 'output_text'; text: string; annotations: []; logprobs: [] }[];
    }
  | { id: string; type: 'reasoning'; summary: { type: 'summary_text'; text: string }[] };
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** Statuses of a response, as OpenAI calls them. */
const RESPONSE_STATUSES = ['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'] as const;
export type ResponseStatus = (typeof RESPONSE_STATUSES)[number];

/** A response; see docs/responses.md for what is beside OpenAI's fields. */
export const ResponseObject = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.number().int(),
  status: z.enum(RESPONSE_STATUSES),
  model: z.string(),
  output: z.array(z.looseObject({ id: z.string(), type: z.enum(['message', 'reasoning']) })),
});
export type ResponseObject = z.infer<typeof ResponseObject>;

/** Answer of DELETE /v1/responses/{id}. */
export const DeletedResponse = z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) });
