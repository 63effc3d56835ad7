/** What the MCP tools of sessions take and answer, as far as the REST API does not say it already. */
import { z } from 'zod';
import { ApprovalId, DecisionBody } from './approval.ts';
import { IdempotencyKey } from './job-request.ts';
import { EventPage, JobEventsInput, nextOf, paged, partCursor, RunTaskInput } from './mcp-inputs.ts';
import { RunId, RunReply } from './run.ts';
import {
  CloseBody,
  DeliverBody,
  EscalationReply,
  ForkBody,
  MessageBody,
  ReplyParentBody,
  SessionEventReply,
  SessionId,
  SessionReply,
  SessionRequest,
  SpawnBody,
  SpawnReply,
} from './session.ts';

const waiting = { wait_timeout_s: RunTaskInput.shape.wait_timeout_s };

const key = IdempotencyKey.optional().describe(
  'A name of your choice for this call: calling again with the same name and content has the same outcome.',
);

export const CreateSessionInput = SessionRequest.extend({ idempotency_key: key });

export const SessionIdInput = z.strictObject({ session_id: SessionId });

export const SessionPage = SessionReply.extend(paged);

export const SendMessageInput = z.strictObject({
  session_id: SessionId,
  text: z.string().describe('What the agent is told.'),
  mode: MessageBody.shape.mode,
  timeout: MessageBody.shape.timeout,
  idempotency_key: key,
  wait: z.boolean().default(false).describe('Reply when the agent has answered instead of at once.'),
  ...waiting,
});

export const RunPage = RunReply.extend({
  ...paged,
  next_cursor: nextOf('get_run'),
  pending_approvals: z.array(z.string()).describe('Approvals that the run waits for: see decide_approval.'),
});

export const GetRunInput = z.strictObject({ run_id: RunId, cursor: partCursor });

export const WaitRunInput = z.strictObject({ run_id: RunId, ...waiting });

export const RunIdInput = z.strictObject({ run_id: RunId });

export const SessionEventsInput = JobEventsInput.omit({ job_id: true }).extend({ session_id: SessionId });

export const SessionEventPage = EventPage.extend({
  events: z.array(EventPage.shape.events.element.extend(SessionEventReply.shape.events.element.shape)),
});

export const DecideApprovalInput = DecisionBody.extend({ approval_id: ApprovalId });

export const SpawnSessionInput = SpawnBody.extend({
  session_id: SessionId.describe('The parent of the new session.'),
});

export const SpawnPage = SpawnReply;

export const ReplyParentInput = ReplyParentBody.extend({
  run_id: RunId.describe('A run of the session whose parent is told.'),
});

export const EscalationPage = EscalationReply;

export const ForkSessionInput = ForkBody.extend({
  session_id: SessionId.describe('The session whose conversation the new one begins with.'),
});

export const CloseSessionInput = CloseBody.extend({ session_id: SessionId });

export const DeliverSessionInput = DeliverBody.extend({ session_id: SessionId });
