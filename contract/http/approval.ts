import { z } from 'zod';
import { ErrorReply } from './replies.ts';
import { APPROVAL_STATUSES } from '../workflow/approval-state.ts';

export const ApprovalId = z
  .string()
  .regex(/^apr_[0-9a-f]{24}(_\d{1,4})?$/, 'must be the id of an approval; see GET /approvals');

/** A tool call that waits, or has waited, for a decision. */
export const ApprovalRecord = z.object({
  id: z.string(),
  session_id: z.string(),
  run_id: z.string(),
  status: z.enum(APPROVAL_STATUSES),
  tool: z.string(),
  input: z.string().describe('JSON of its input, cut at 4 KiB.'),
  input_cut: z.boolean(),
  tool_use_id: z.string(),
  asked_at: z.string(),
  expires_at: z.string().describe('When it counts as denied.'),
  decided_at: z.string().nullable(),
  decided_by: z.string().nullable(),
  via: z.string().nullable().describe('From where it was decided: rest, cli, mcp, chat, parent, rule or timeout.'),
  reason: z.string().nullable(),
});
export type ApprovalRecord = z.infer<typeof ApprovalRecord>;

export const ApprovalQuery = z.strictObject({
  status: z.enum(APPROVAL_STATUSES).optional(),
  session_id: z.uuid().optional(),
});
export type ApprovalQuery = z.infer<typeof ApprovalQuery>;

export const ApprovalListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  approvals: z.array(ApprovalRecord),
});

/** Body of POST /approvals/{id}. A second decision gets 409 `approval_decided` with the first one. */
export const DecisionBody = z.strictObject({
  decision: z.enum(['allow', 'deny']),
  reason: z.string().max(2_000).optional().describe('What the agent is told of a refusal.'),
  remember: z.boolean().default(false).describe('Decide the same for further calls of the tool in this session.'),
  session_id: z.uuid().optional().describe('Its session, where that is known: then it need not be looked for.'),
});
export type DecisionBody = z.infer<typeof DecisionBody>;

/** What a second decision is answered with 409: the first one. */
export const DecidedReply = ErrorReply.extend({ approval: ApprovalRecord });

export const ApprovalReply = z.object({ success: z.literal(true), approval: ApprovalRecord });
