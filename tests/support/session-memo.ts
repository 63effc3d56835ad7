/** Sessions and runs as their workflows would show them; nobody runs these. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { NOTHING_SPENT } from '../../contract/workflow/cost.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import type { ApprovalState } from '../../contract/workflow/approval-state.ts';
import type { RunMemo, RunProgress } from '../../contract/workflow/run-state.ts';
import { searchAttributePairs } from '../../contract/workflow/search-attributes.ts';
import type { RunBrief, SessionBrief, SessionSpec, SessionState } from '../../contract/workflow/session-state.ts';

const at = '2026-11-27T08:00:00.000Z';

const spec: SessionSpec = {
  profile: 'code',
  approvals: 'ask',
  approval_timeout_s: 60,
  depth: 0,
  max_depth: 3,
  max_children: 20,
};

const state: SessionState = {
  ...{ status: 'idle', runs: 0, ended_runs: 0, messages: 0, active: null, queue: [], dropped: [], approvals: [] },
  ...{ children: [], disk: null, hostname: null, agent_session: null, generation: 1, prepared: false, profile: null },
  ...{
    recorded: [],
    seq: 0,
    base: null,
    branch: null,
    sha: null,
    pr_url: null,
    worktree_path: null,
    spent: NOTHING_SPENT,
  },
  ...{ children_cost_usd: 0, num_turns: 0, updated_at: at, closed_at: null, error: null, warnings: [] },
};

/** What is known of a run `number` of the session. */
export const briefOf = (session: string, number: number): RunBrief => ({
  id: runIdOf(session, number),
  number,
  message: { id: randomUUID(), role: 'user', text: `message ${number}`, text_cut: false, created_at: at },
});

/** An approval that waits, of the session's first run. */
export const approvalOf = (session: string, id: string): ApprovalState => ({
  ...{ id, run_id: runIdOf(session, 1), tool_use_id: 'toolu_1', tool: 'Bash', input: '{"command":"ls"}' },
  ...{ input_cut: false, status: 'pending', asked_at: at, expires_at: at, decided_at: null, decided_by: null },
  ...{ via: null, reason: null, delivered: false },
});

interface Shown {
  owner?: string;
  /** Whether its search attributes are there: lists are of such sessions. */
  indexed?: boolean;
  spec?: Partial<SessionSpec>;
  state?: (id: string) => Partial<SessionState>;
}

/** A session that shows `state`, and answers no update. */
export async function showSession(
  client: Client,
  { owner = 'alice', indexed = false, ...shown }: Shown = {},
): Promise<string> {
  const id = randomUUID();
  const request: SessionBrief = { spec: { ...spec, ...shown.spec }, owner, created_at: at, request_hash: '' };
  const session = { ...state, ...shown.state?.(id) };
  await client.workflow.start('session', {
    workflowId: id,
    taskQueue: 'nobody',
    args: [],
    memo: { request, session },
    ...(indexed && { typedSearchAttributes: searchAttributePairs({ owner }) }),
  });
  return id;
}

const progress: RunProgress = {
  ...{ status: 'running', attempt: 1, host: 'worker-1', hostname: 'here', disk: 'here', started_at: at, warm: false },
  ...{ restarted: false, spent: NOTHING_SPENT, num_turns: null, waiting_until: null, warnings: [] },
  ...{ delivered: null, error: null },
};

/** A run of a session that shows `known`. */
export async function showRun(
  client: Client,
  session: string,
  number: number,
  known: Partial<RunProgress> = {},
): Promise<string> {
  const brief = briefOf(session, number);
  const request: RunMemo = { session_id: session, owner: 'alice', brief, agent: null, profile: 'code' };
  await client.workflow.start('run', {
    workflowId: brief.id,
    taskQueue: 'nobody',
    args: [],
    memo: { request, progress: { ...progress, ...known } },
  });
  return brief.id;
}
