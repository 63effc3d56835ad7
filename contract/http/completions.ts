import { z } from 'zod';
import { MessageText } from './chat.ts';
import { MAX_TIMEOUT_S } from './job-request.ts';
import { SessionId } from './session.ts';

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === 0 || (Array.isArray(value) && value.length === 0);

/** What limits an agent, and is not heeded here, is refused; clients that send every field send it empty. */
const packageSays = z
  .unknown()
  .refine(isBlank, 'must be absent: the agent package says it')
  .optional()
  .describe('Must be absent or empty: the agent package says it.');

/** Body of POST /completions, as Python agenticore took it; more fields are passed over. */
export const CompletionRequest = z.looseObject({
  message: MessageText.min(1).describe('What the agent is told.'),
  uuid: SessionId.nullish().describe('Names the conversation, and its last completion; a new one when absent.'),
  wait: z.boolean().default(true).describe('Reply when the agent has answered; else at once.'),
  stateless: z.boolean().default(false).describe('The conversation ends with the answer.'),
  model: z.string().max(300).nullish().describe("Name of an agent package, or of a model of the first one's agent."),
  system_prompt: MessageText.nullish().describe('Added to what the package tells its agent.'),
  append_system_prompt: MessageText.nullish().describe('The same.'),
  context: z.unknown().optional().describe('Told to the agent beside the message: a text or JSON.'),
  timeout: z.number().int().min(0).max(MAX_TIMEOUT_S).nullish().describe('Seconds that the answer may take.'),
  max_turns: packageSays,
  max_budget_usd: packageSays,
  fallback_model: packageSays,
  permission_mode: packageSays,
  allowed_tools: packageSays,
  disallowed_tools: packageSays,
});
export type CompletionRequest = z.infer<typeof CompletionRequest>;

const COMPLETION_STATUSES = ['queued', 'running', 'completed', 'failed'] as const;

/** A completion; what is not known yet is null. */
export const CompletionRecord = z.object({
  uuid: z.string(),
  status: z.enum(COMPLETION_STATUSES),
  message: z.string().describe('Cut at 1 KiB.'),
  result: z.string().nullable(),
  is_error: z.boolean(),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  session_id: z.string(),
  run_id: z.string(),
  cost_usd: z.number().nullable(),
  duration_ms: z.number().nullable(),
  num_turns: z.number().nullable(),
  usage: z
    .object({
      input_tokens: z.number(),
      output_tokens: z.number(),
      cache_read_input_tokens: z.number(),
      cache_creation_input_tokens: z.number(),
    })
    .nullable(),
  tool_uses: z.array(z.object({ id: z.string(), name: z.string(), input: z.unknown() })),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
});
export type CompletionRecord = z.infer<typeof CompletionRecord>;

/** Reply of POST /completions that has waited. */
export const CompletionDone = CompletionRecord.extend({ success: z.boolean() });

/** Reply of one that has not. */
export const CompletionQueued = z.object({
  ...{ success: z.literal(true), status: z.literal('queued'), uuid: z.string(), poll_url: z.string() },
});

export const CompletionReply = z.object({ success: z.literal(true), completion: CompletionRecord });

/** Query of GET /completions. */
export const CompletionQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  status: z.enum(COMPLETION_STATUSES).optional(),
});
export type CompletionQuery = z.infer<typeof CompletionQuery>;

export const CompletionListReply = z.object({
  ...{ success: z.literal(true), count: z.number().int(), completions: z.array(CompletionRecord) },
});
