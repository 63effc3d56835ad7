import { z } from 'zod';
import { ApprovalId } from '../../../contract/http/approval.ts';
import { IdempotencyKey, ModelName, ProfileName } from '../../../contract/http/job-request.ts';
import { RunId } from '../../../contract/http/run.ts';
import { SessionId } from '../../../contract/http/session.ts';
import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import { sessionOfRun } from '../../../contract/workflow/names.ts';
import { REQUEST_KINDS } from '../../../contract/workflow/session-state.ts';
import { ApiError } from '../../http/api-error.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { defineTool, type McpTool, type ToolCaller } from '../tool.ts';

type Deps = Pick<ApiDeps, 'sessions'>;

const subject = 'sessions';
const annotations = { readOnlyHint: false, destructiveHint: false, openWorldHint: false } as const;
const key = IdempotencyKey.optional().describe('The same key and request again get the first answer.');

const Begun = z.object({ success: z.literal(true), session_id: z.string(), run_id: z.string() });

/** What the agent of a session can do in its name: with its own children, and towards its parent. */
export const ownSessionTools = (deps: Deps): McpTool[] => [
  spawnTool(deps),
  sendTool(deps),
  waitTool(deps),
  replyParentTool(deps),
  decideTool(deps),
];

const spawnTool = ({ sessions }: Deps): McpTool =>
  defineTool({
    ...{ name: 'agenticore_session_spawn', title: 'Start a child session', subject, annotations },
    description:
      'Starts another agent in a session of its own and gives it a task. It works beside you. Wait for it with agenticore_session_wait, or end your turn: you are told when it is done.',
    input: z.strictObject({
      task: z.string().min(1).describe('What the child is to do; it knows nothing of your conversation.'),
      title: z.string().max(200).optional(),
      profile: ProfileName.optional(),
      model: ModelName.optional(),
      wake: z.boolean().optional().describe('Tell you by a message when it is done; true when absent.'),
      idempotency_key: key,
    }),
    output: Begun,
    call: async (body, caller) => {
      const asker = { owner: caller.owner, key: body.idempotency_key };
      const { session, run } = await sessions.family.spawn(ownOf(caller), body, asker);
      return { session_id: session.id, run_id: run.id };
    },
  });

const sendTool = ({ sessions }: Deps): McpTool =>
  defineTool({
    ...{ name: 'agenticore_session_send', title: 'Say something to a child session', subject, annotations },
    description: 'Sends a message to a child session of yours, which starts a run there.',
    input: z.strictObject({ session_id: SessionId, text: z.string().min(1), idempotency_key: key }),
    output: Begun,
    call: async ({ session_id, text, idempotency_key }, caller) => {
      await checkChild(sessions, caller, session_id);
      const asker = { owner: caller.owner, key: idempotency_key };
      const { run } = await sessions.post(session_id, { role: 'user', text, mode: 'queue' }, asker);
      return { session_id, run_id: run?.id ?? '' };
    },
  });

const waitTool = ({ sessions }: Deps): McpTool =>
  defineTool({
    ...{ name: 'agenticore_session_wait', title: "Wait for a child's run", subject, annotations },
    description: "Waits for a run of a child session and answers the child's last words.",
    input: z.strictObject({
      run_id: RunId,
      timeout_s: z.number().min(0).max(600).default(60).describe('Seconds to wait at most.'),
    }),
    output: z.object({
      success: z.literal(true),
      run_id: z.string(),
      status: z.string(),
      output: z.string().nullable(),
      error: z.string().nullable(),
      pending_approvals: z.array(z.string()).describe('What the child waits for; see agenticore_session_decide.'),
      timed_out: z.boolean(),
    }),
    call: async ({ run_id, timeout_s }, caller) => {
      const child = sessionOfRun(run_id)?.session_id ?? '';
      await checkChild(sessions, caller, child);
      const over = AbortSignal.any([caller.signal, caller.stopping, timeLimit(timeout_s * 1_000)]);
      const run = await sessions.runEnded(run_id, caller.owner, over);
      const { pending_approvals } = await sessions.reader.get(child, caller.owner);
      const { status, output, error, ended_at } = run;
      return { run_id, status, output, error, pending_approvals, timed_out: ended_at === null };
    },
  });

const replyParentTool = ({ sessions }: Deps): McpTool =>
  defineTool({
    ...{ name: 'agenticore_session_reply_parent', title: 'Tell the parent session something', subject, annotations },
    description: 'Tells the session that spawned you something, such as a question or that you need an approval.',
    input: z.strictObject({
      text: z.string().min(1),
      request_kind: z.enum(REQUEST_KINDS).default('message'),
      wake: z.boolean().optional().describe("Start a run of the parent's agent with it; false when absent."),
      idempotency_key: key,
    }),
    output: z.object({ success: z.literal(true), parent_session_id: z.string() }),
    call: async (body, caller) => {
      const { active_run_id } = await sessions.reader.get(ownOf(caller), caller.owner);
      const asker = { owner: caller.owner, key: body.idempotency_key };
      const { parent_session_id } = await sessions.family.replyParent(active_run_id ?? '', body, asker);
      return { parent_session_id };
    },
  });

const decideTool = ({ sessions }: Deps): McpTool =>
  defineTool({
    ...{ name: 'agenticore_session_decide', title: 'Decide what a child waits for', subject, annotations },
    description: 'Allows or denies a tool call for which a child session of yours waits.',
    input: z.strictObject({
      session_id: SessionId,
      approval_id: ApprovalId,
      decision: z.enum(['allow', 'deny']),
      reason: z.string().max(2_000).optional(),
    }),
    output: z.object({ success: z.literal(true), approval_id: z.string(), status: z.string() }),
    call: async ({ session_id, approval_id, decision, reason }, caller) => {
      await checkChild(sessions, caller, session_id);
      const body = { decision, remember: false, session_id, ...(reason !== undefined && { reason }) };
      const { status } = await sessions.approvals.decide(approval_id, body, { owner: caller.owner, via: 'parent' });
      return { approval_id, status };
    },
  });

/** The session whose agent calls. */
function ownOf({ session }: ToolCaller): string {
  if (session === undefined) throw new Error('a tool of sessions was called by no session');
  return session;
}

async function checkChild(sessions: ApiDeps['sessions'], caller: ToolCaller, child: string): Promise<void> {
  const { children } = await sessions.reader.get(ownOf(caller), caller.owner);
  if (children.some(({ session_id }) => session_id === child)) return;
  throw new ApiError('not_a_child', `session ${child} is no child of this session`);
}
