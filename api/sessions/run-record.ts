import { MAX_OUTPUT } from '../../contract/http/job-record.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { MessageRecord } from '../../contract/http/session.ts';
import { sessionOfRun } from '../../contract/workflow/names.ts';
import { hasEnded } from '../../contract/workflow/record-sink.ts';
import type { RunMemo, RunProgress, RunStatus } from '../../contract/workflow/run-state.ts';
import type { MessageFacts, RunBrief } from '../../contract/workflow/session-state.ts';
import type { Execution } from '../temporal/visibility.ts';
import { errorOf, type SessionExecution } from './session-record.ts';

/** What Temporal tells of a run's workflow. */
export type RunExecution = Execution<{ request: RunMemo; progress?: RunProgress }>;

const UNEXPLAINED = { code: 'internal', message: 'the run ended without an error message' };

/** The record of a run that has begun, from what can be read with all workers dead. */
export function toRunRecord(execution: RunExecution, uiUrl: string | null, output: string | null = null): RunRecord {
  const { request, progress } = execution.memo;
  const status = runStatusOf(execution);
  const failed = status === 'failed' || status === 'expired';
  return {
    ...notBegun(request.brief, request.session_id),
    status,
    worker_id: progress?.host ?? null,
    host: progress?.hostname ?? null,
    attempt: progress?.attempt ?? 0,
    warm: progress?.warm ?? false,
    restarted: progress?.restarted ?? false,
    output: output?.slice(0, MAX_OUTPUT) ?? null,
    ...errorOf(failed ? (progress?.error ?? UNEXPLAINED) : null),
    warnings: [...(progress?.warnings ?? [])],
    usage: progress?.spent.usage ?? null,
    cost_usd: progress?.spent.cost_usd ?? null,
    num_turns: progress?.num_turns ?? null,
    delivered: progress?.delivered ?? null,
    started_at: progress?.started_at ?? null,
    ended_at: execution.closeTime?.toISOString() ?? null,
    ui_url: uiUrl,
  };
}

/** A run's status by what it says itself and, where it could not say, by that of its workflow. */
function runStatusOf({ status, cancelRequested, memo }: RunExecution): RunStatus {
  const said = memo.progress?.status ?? 'queued';
  if (status === 'RUNNING') return cancelRequested ? 'cancelling' : said;
  if (hasEnded(said)) return said;
  if (status === 'COMPLETED') return 'succeeded';
  return status === 'CANCELLED' || status === 'TERMINATED' ? 'cancelled' : 'failed';
}

/** The record of a run of `session` that is no workflow: it waits, or was cancelled before it began. */
export function unbegunRun({ id, status, closeTime, memo }: SessionExecution, runId: string): RunRecord | undefined {
  const { active, queue = [], dropped = [] } = memo.session ?? {};
  const gone = dropped.find((run) => run.id === runId);
  if (gone !== undefined) return { ...notBegun(gone, id), status: 'cancelled', ended_at: gone.ended_at };
  const place = queue.findIndex((run) => run.id === runId);
  const waiting = queue[place] ?? (active?.id === runId ? active : undefined);
  if (waiting === undefined) return undefined;
  if (status !== 'RUNNING')
    return { ...notBegun(waiting, id), status: 'cancelled', ended_at: (closeTime ?? new Date()).toISOString() };
  return { ...notBegun(waiting, id), queue_position: place === -1 ? null : place + 1 };
}

const nothing = {
  status: 'queued',
  queue_position: null,
  worker_id: null,
  host: null,
  attempt: 0,
  warm: false,
  restarted: false,
  output: null,
  error: null,
  error_code: null,
  next_step: null,
  warnings: [],
  usage: null,
  cost_usd: null,
  num_turns: null,
  delivered: null,
  started_at: null,
  ended_at: null,
  ui_url: null,
} as const;

/** The record of a run that waits. */
export const notBegun = ({ id, number, message, from_run }: RunBrief, session_id: string): RunRecord => ({
  ...nothing,
  warnings: [],
  id,
  session_id,
  number,
  message_id: message.id,
  text: message.text,
  from_run_id: from_run ?? null,
  created_at: message.created_at,
});

export const toMessageRecord = (message: MessageFacts, session_id: string): MessageRecord => ({
  id: message.id,
  session_id,
  role: message.role,
  text: message.text,
  text_cut: message.text_cut,
  created_at: message.created_at,
});

/** The session of a run; its id was checked. */
export function sessionOf(runId: string): string {
  const { session_id } = sessionOfRun(runId) ?? {};
  if (session_id === undefined) throw new Error('a run has an id that is none');
  return session_id;
}
