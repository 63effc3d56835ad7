import { z } from 'zod';
import { BUSY_MODES, REQUEST_KINDS, SESSION_STATUSES } from '../workflow/session-state.ts';
import { AGENT_NAMES } from '../shared/agents.ts';
import { EventQuery, IdempotencyKey, JobRequest, MAX_TIMEOUT_S, ModelName, ProfileName } from './job-request.ts';
import { EventReply } from './replies.ts';
import { UsageRecord } from './job-record.ts';
import { RunRecord } from './run.ts';

export const SessionId = z.uuid('must be a session id from POST /sessions');

/** Longest text of a message in UTF-8 bytes. */
export const MAX_MESSAGE_TEXT_BYTES = 4 * 1024 * 1024;

const limits = {
  title: z.string().max(200).optional().describe('Name for people.'),
  profile: ProfileName.optional().describe('Name of a profile; the default one when absent.'),
  agent: z.enum(AGENT_NAMES).optional().describe("Agent that answers, in place of the profile's."),
  provider: z.enum(AGENT_NAMES).optional().describe('The same as `agent`.'),
  model: ModelName.optional().describe("Model of the agent, in place of the profile's."),
  repo_url: JobRequest.shape.repo_url,
  base_ref: JobRequest.shape.base_ref,
  max_budget_usd: JobRequest.shape.max_budget_usd.describe(
    'US dollars that the session and its children may cost together; a run that would begin beyond it fails.',
  ),
};

/** Body of POST /sessions. */
export const SessionRequest = z.strictObject({
  ...limits,
  package: ProfileName.optional().describe('Agent package whose agent answers, in place of `profile`.'),
  approvals: z
    .enum(['ask', 'none'])
    .optional()
    .describe(
      '`ask`: tool calls for which the profile says so wait for a decision; `none`: none does. When absent, `ask` where the profile has `approvals`.',
    ),
  approval_timeout_s: z
    .number()
    .int()
    .min(1)
    .max(MAX_TIMEOUT_S)
    .optional()
    .describe('Seconds after which an approval counts as denied.'),
  max_depth: z.number().int().min(0).max(10).optional().describe('How deep children may have children.'),
  max_children: z.number().int().min(0).max(100).optional().describe('How many children it may have.'),
});
export type SessionRequest = z.infer<typeof SessionRequest>;

const text = z.string().refine((said) => !said.includes('\0'), 'must not contain NUL');

const Part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text }),
  z.strictObject({
    type: z.literal('image'),
    media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    data: z.base64().describe('The picture in base64.'),
  }),
]);

/** Body of POST /sessions/{id}/messages and of POST /sessions/{id}/send. */
export const MessageBody = z.strictObject({
  role: z.enum(['user', 'system', 'assistant', 'tool']).default('user'),
  text: text.optional().describe('What is said; either this or `parts`.'),
  parts: z.array(Part).min(1).max(100).optional(),
  idempotency_key: IdempotencyKey.optional().describe(
    'The same key and message again get the first reply. Needed for role `user`; the header Idempotency-Key says the same.',
  ),
  mode: z
    .enum(BUSY_MODES)
    .default('queue')
    .describe('While a run is under way: wait, go first and interrupt it, or be refused with 409.'),
  timeout: JobRequest.shape.timeout,
});
export type MessageBody = z.infer<typeof MessageBody>;

/** Body of POST /runs. */
export const RunRequest = MessageBody.omit({ role: true }).extend({ session_id: SessionId });

/** Body of POST /runs/{id}/spawn and of POST /sessions/{id}/spawn. */
export const SpawnBody = z.strictObject({
  ...limits,
  task: text.min(1).describe('What the child is to do.'),
  idempotency_key: IdempotencyKey.optional(),
  wake: z.boolean().optional().describe('Tell the parent by a message when that is done; true when absent.'),
});
export type SpawnBody = z.infer<typeof SpawnBody>;

/** Body of POST /runs/{id}/reply-parent. */
export const ReplyParentBody = z.strictObject({
  text: text.min(1),
  request_kind: z.enum(REQUEST_KINDS).default('message'),
  idempotency_key: IdempotencyKey.optional(),
  wake: z.boolean().optional().describe('Start a run of the parent with it; false when absent.'),
});
export type ReplyParentBody = z.infer<typeof ReplyParentBody>;

export const CloseBody = z.strictObject({
  cancel: z.boolean().default(false).describe('Cancel what runs and waits, instead of waiting for it.'),
});

/** Body of POST /sessions/{id}/deliver. */
export const DeliverBody = z.strictObject({
  title: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe("Subject of a commit for what was not committed; the session's title when absent."),
  idempotency_key: IdempotencyKey.optional(),
});
export type DeliverBody = z.infer<typeof DeliverBody>;

/** Body of POST /sessions/{id}/fork. */
export const ForkBody = z.strictObject({
  at_event: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Number of an event: the fork knows the runs that had ended by then; all that have when absent.'),
  title: limits.title.describe("Name for people; the session's when absent."),
  idempotency_key: IdempotencyKey.optional(),
});
export type ForkBody = z.infer<typeof ForkBody>;

const ChildRecord = z.object({
  session_id: z.string(),
  parent_run_id: z.string(),
  run_id: z.string().describe('The run for which it was spawned.'),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
});

/** A session as every surface shows it. Fields that are not known (yet) are null. */
export const SessionRecord = z.object({
  id: z.string(),
  status: z.enum(SESSION_STATUSES),
  title: z.string().nullable(),
  agent: z.string().nullable().describe('The agent that the session asks for; null where it is that of the profile.'),
  provider: z.string().nullable().describe('The same as `agent`.'),
  profile: z.string(),
  package: z.string().nullable().describe('The agent package that answers, in place of a profile.'),
  model: z.string().nullable(),
  repo_url: z.string().nullable(),
  base_ref: z.string().nullable(),
  branch: z.string().nullable(),
  sha: z.string().nullable(),
  pr_url: z.string().nullable(),
  worktree_path: z.string().nullable(),
  approvals: z.enum(['ask', 'none']),
  owner: z.string(),
  parent_session_id: z.string().nullable(),
  parent_run_id: z.string().nullable(),
  forked_from: z
    .object({ session_id: z.string(), run_id: z.string().nullable() })
    .nullable()
    .describe('The session whose conversation it begins with, and the last run that it has of it.'),
  depth: z.number().int(),
  children: z.array(ChildRecord),
  active_run_id: z.string().nullable(),
  queued_runs: z.array(z.string()).describe('Runs that wait, in order.'),
  runs: z.number().int().describe('How many runs there were so far, with those that wait.'),
  pending_approvals: z.array(z.string()),
  agent_session_id: z.string().nullable().describe("The agent's own id of its session."),
  host: z.string().nullable().describe('The machine that has its files.'),
  disk: z.string().nullable().describe('Identity of the data directory that has them.'),
  usage: UsageRecord.nullable(),
  cost_usd: z.number().nullable().describe('What its own runs have cost.'),
  children_cost_usd: z.number(),
  max_budget_usd: z.number().nullable(),
  num_turns: z.number().int(),
  warnings: z.array(z.string()),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  next_step: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  closed_at: z.string().nullable(),
  ui_url: z.string().nullable().describe('Link to the session in the Temporal Web UI.'),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

export const MessageRecord = z.object({
  id: z.string(),
  session_id: z.string(),
  role: z.string(),
  text: z.string().describe('Cut at 1 KiB; the events have all.'),
  text_cut: z.boolean(),
  created_at: z.string(),
});
export type MessageRecord = z.infer<typeof MessageRecord>;

export const SessionReply = z.object({ success: z.literal(true), session: SessionRecord });
export const SessionListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  sessions: z.array(SessionRecord),
  next_cursor: z.string().nullable(),
});
export const SessionQuery = z.strictObject({
  status: z.enum(SESSION_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  cursor: z.string().max(10_000).optional().describe('`next_cursor` of the page before.'),
});
export type SessionQuery = z.infer<typeof SessionQuery>;

/** A page of a session's events. */
export const SessionEventReply = EventReply.extend({
  events: z.array(
    EventReply.shape.events.element.extend({
      session_id: z.string(),
      run_id: z.string().nullable().describe('The run that it belongs to; null in a `gap`.'),
      event_type: z.string().describe('The `type` of the event.'),
    }),
  ),
});
export type SessionEventReply = z.infer<typeof SessionEventReply>;

/** Query of the WebSocket at /stream. */
export const StreamQuery = z.strictObject({ sessionId: SessionId, cursor: EventQuery.shape.cursor });
export type StreamQuery = z.infer<typeof StreamQuery>;

/** `run` is null where the role of the message is not `user`. */
export const MessageReply = z.object({
  success: z.literal(true),
  message: MessageRecord,
  run: RunRecord.nullable(),
});

export const SpawnReply = z.object({ success: z.literal(true), session: SessionRecord, run: RunRecord });

export const EscalationReply = z.object({
  success: z.literal(true),
  parent_session_id: z.string(),
  message: MessageRecord,
  run: RunRecord.nullable().describe('The run of the parent that it started; null without `wake`.'),
});
