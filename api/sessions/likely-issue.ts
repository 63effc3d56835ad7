import type { RunRecord } from '../../contract/http/run.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { SessionExecution } from './session-record.ts';

/** What is known of a run that may not go on. */
interface RunFacts {
  run: RunRecord;
  session: SessionExecution | undefined;
  /** How many workers run agents. */
  alive: number;
  worker_alive: boolean;
  /** Ids of the approvals that the run waits for. */
  approvals: readonly string[];
  /** Newest event of its session. */
  last: LoggedEvent | undefined;
}

/** What keeps a run from going on, and what to do, as sentences; null where nothing does. */
export function likelyIssue(facts: RunFacts): string | null {
  const { run, session, alive, worker_alive, approvals, last } = facts;
  if (run.ended_at !== null)
    return run.error === null ? null : [`${run.error}.`, run.next_step].filter(Boolean).join(' ');
  if (approvals.length > 0) return `It waits for a decision: POST /approvals/${approvals[0]}.`;
  const before = session?.memo.session?.active;
  if (run.queue_position !== null && before != null) return `It waits for the end of run ${before.id} of its session.`;
  if (alive === 0) return 'No worker runs agents: start one with `agenticore worker`, or `agenticore serve`.';
  if (run.worker_id !== null && !worker_alive)
    return `Worker ${run.worker_id} does not answer: another one takes the run over, or that one when it is back.`;
  if (run.status === 'queued') return 'It waits for a free seat: see queue_counts, or start more workers.';
  if (run.status === 'waiting_child') return 'It waits for the end of a child session.';
  return last?.event.type === 'retrying' ? `The agent asks its model again: ${last.event.reason}` : null;
}
