import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { colors, count, formatCost, formatDuration, lineOf, localTime, nextStepLine, toolInput } from './format.ts';
import { oneLine, sanitize } from './sanitize.ts';
import { formatFields } from './table.ts';

type Status = SessionRecord['status'] | RunRecord['status'];

const COLOURS: Partial<Record<Status, (text: string) => string>> = {
  idle: colors.green,
  succeeded: colors.green,
  failed: colors.red,
  expired: colors.red,
  running: colors.cyan,
  waiting_approval: colors.yellow,
  waiting_child: colors.yellow,
  cancelling: colors.yellow,
  cancelled: colors.yellow,
  interrupted: colors.yellow,
  closing: colors.yellow,
};

/** The status of a session or a run in its colour. */
export const sessionStatusWord = (status: Status): string => COLOURS[status]?.(status) ?? status;

/** All about a session, for a person. */
export function sessionDetails(session: SessionRecord): string {
  const { children, queued_runs, pending_approvals, usage } = session;
  const cost = [
    session.cost_usd === null ? [] : formatCost(session.cost_usd),
    session.children_cost_usd === 0 ? [] : `${formatCost(session.children_cost_usd)} by its children`,
    session.num_turns === 0 ? [] : count(session.num_turns, 'turn'),
    usage === null ? [] : `${count(usage.output_tokens, 'token')} out`,
  ].flat();
  const fields = formatFields([
    ['title', lineOf(session.title)],
    ['profile', oneLine(session.profile)],
    ['agent', lineOf(session.agent)],
    ['model', lineOf(session.model)],
    ['repo', lineOf(session.repo_url)],
    ['base', lineOf(session.base_ref)],
    ['branch', lineOf(session.branch)],
    ['pull request', lineOf(session.pr_url)],
    ['folder', lineOf(session.worktree_path)],
    ['host', lineOf(session.host)],
    ['approvals', session.approvals === 'none' ? 'none: every tool call is allowed' : null],
    ['parent', lineOf(session.parent_run_id)],
    ['children', children.map(({ session_id, status }) => `${session_id} ${status}`).join('\n')],
    ['runs', session.runs === 0 ? null : String(session.runs)],
    ['running', lineOf(session.active_run_id)],
    ['waiting', queued_runs.join('\n')],
    ['to approve', pending_approvals.join('\n')],
    ['cost', cost.join(', ')],
    ['created', localTime(session.created_at)],
    ['closed', session.closed_at === null ? null : localTime(session.closed_at)],
    ...session.warnings.map((warning): [string, string] => ['warning', oneLine(warning)]),
    ...trouble(session),
    ['web ui', lineOf(session.ui_url)],
  ]);
  return [`${session.id} ${sessionStatusWord(session.status)}`, ...fields].join('\n');
}

/** All about a run, for a person; the agent's last words stand at the end. */
export function runDetails(run: RunRecord): string {
  const took = run.ended_at === null ? null : Date.parse(run.ended_at) - Date.parse(run.started_at ?? run.created_at);
  const fields = formatFields([
    ['message', sanitize(run.text).trim()],
    ['position', run.queue_position === null ? null : `${run.queue_position} of those that wait`],
    ['host', lineOf(run.host)],
    ['attempt', run.attempt > 1 ? String(run.attempt) : null],
    ['restarted', run.restarted ? 'yes: the agent has forgotten what was said before' : null],
    ['took', took === null ? null : formatDuration(took)],
    ['cost', run.cost_usd === null ? null : formatCost(run.cost_usd)],
    ...run.warnings.map((warning): [string, string] => ['warning', oneLine(warning)]),
    ...trouble(run),
    ['web ui', lineOf(run.ui_url)],
    ['output', run.output === null ? null : sanitize(run.output).trim()],
  ]);
  return [`${run.id} ${sessionStatusWord(run.status)}`, ...fields].join('\n');
}

function trouble({
  error,
  error_code,
  next_step,
}: Pick<SessionRecord, 'error' | 'error_code' | 'next_step'>): [string, string | null][] {
  if (error === null) return [];
  return [
    ['error', `${sanitize(error).trim()}${error_code === null ? '' : ` (${oneLine(error_code)})`}`],
    ['next', next_step === null ? null : nextStepLine(next_step)],
  ];
}

/** What a tool call that waits for approval is called with, on one line. */
export function approvalInput({ input }: Pick<ApprovalRecord, 'input'>): string {
  try {
    return toolInput(JSON.parse(input));
  } catch {
    // The end of a long input is cut off.
    return oneLine(input);
  }
}
