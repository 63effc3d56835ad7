import { ApprovalListReply, ApprovalQuery, ApprovalReply } from '../../../contract/http/approval.ts';
import {
  DecideApprovalInput,
  GetRunInput,
  RunIdInput,
  RunPage,
  SendMessageInput,
  WaitRunInput,
} from '../../../contract/http/mcp-sessions.ts';
import type { RunRecord } from '../../../contract/http/run.ts';
import type { ApiDeps } from '../../http/deps.ts';
import type { PageOf } from '../../http/typed-app.ts';
import { recordPage } from '../paging/record.ts';
import { thatFit } from '../paging/size.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';
import { pendingOf, awaitRun } from '../wait-run.ts';

const subject = 'sessions';
const ACTS = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false } as const;

/** The tools that start, read and end the answers of agents, and decide what these wait for. */
export const runTools = (deps: ApiDeps): McpTool[] => [
  sendMessage(deps),
  getRun(deps),
  waitRun(deps),
  cancelRun(deps),
  listApprovals(deps),
  decideApproval(deps),
];

/** A run as the answers of tools have it. */
export async function runPage(
  { sessions }: Pick<ApiDeps, 'sessions'>,
  run: RunRecord,
  owner: string,
  cursor?: string,
): Promise<PageOf<typeof RunPage>> {
  const { record, cut, next_cursor } = recordPage(run, cursor);
  const pending = run.ended_at === null ? await pendingOf({ sessions }, run, owner) : [];
  return { run: record, cut, next_cursor, pending_approvals: pending.map(({ id }) => id) };
}

const sendMessage = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'send_message', title: 'Send a message to a session', subject },
    description:
      'Gives the agent of a session a message, which starts a run. Answers at once with the run (ask wait_run), or with wait: true when the agent has answered or asks for a decision: then pending_approvals names what it waits for; call decide_approval, and wait_run after it. Clients with forms ask their user in place.',
    input: SendMessageInput,
    output: RunPage,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    call: async ({ session_id, wait, wait_timeout_s, idempotency_key: key, ...said }, caller) => {
      const { owner } = caller;
      const { run } = await deps.sessions.post(session_id, { role: 'user', ...said }, { owner, key });
      if (run === null) throw new Error('a message of role user has no run');
      return runPage(deps, wait ? await awaitRun(deps, run, wait_timeout_s, caller) : run, owner);
    },
  });

const getRun = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'get_run', title: 'Read a run', subject, annotations: READ_ONLY },
    description:
      'The state of one answer of a session: status, output, error and cost. Where its texts are too long for one answer, pass next_cursor as cursor for the next part.',
    input: GetRunInput,
    output: RunPage,
    call: async ({ run_id, cursor }, { owner }) =>
      runPage(deps, await deps.sessions.reader.run(run_id, owner), owner, cursor),
  });

const waitRun = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'wait_run', title: 'Wait for a run', subject, annotations: READ_ONLY },
    description:
      'Answers when the run has ended, when it begins to wait for a decision (see pending_approvals and decide_approval), or as it is when wait_timeout_s is over.',
    input: WaitRunInput,
    output: RunPage,
    call: async ({ run_id, wait_timeout_s }, caller) => {
      const run = await deps.sessions.reader.run(run_id, caller.owner);
      return runPage(deps, await awaitRun(deps, run, wait_timeout_s, caller), caller.owner);
    },
  });

const cancelRun = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'cancel_run', title: 'Cancel a run', subject, annotations: ACTS },
    description: 'Cancels a waiting or running answer of a session. Does nothing to one that has ended.',
    input: RunIdInput,
    output: RunPage,
    call: async ({ run_id }, { owner }) => runPage(deps, await deps.sessions.cancelRun(run_id, owner), owner),
  });

const listApprovals = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'list_approvals', title: 'List approvals', subject, annotations: READ_ONLY },
    description: 'Tool calls of agents that wait for a decision, or had one; of all open sessions, or of one.',
    input: ApprovalQuery,
    output: ApprovalListReply,
    call: async (query, { owner }) => {
      const { count, approvals } = await sessions.approvals.list(owner, query);
      return { count, approvals: thatFit(approvals) };
    },
  });

const decideApproval = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'decide_approval', title: 'Decide an approval', subject, annotations: ACTS },
    description: 'Allows or denies a tool call that an agent waits for. The first decision stands.',
    input: DecideApprovalInput,
    output: ApprovalReply,
    call: async ({ approval_id, ...body }, { owner }) => ({
      approval: await sessions.approvals.decide(approval_id, body, { owner, via: 'mcp' }),
    }),
  });
