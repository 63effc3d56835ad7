import { runIdOf } from '../../../contract/workflow/names.ts';
import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import type { EventLog } from '../../../events/event-log.ts';
import type { SessionContext } from '../../context.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Sessions } from '../../sessions/service.ts';
import { abortable } from '../../temporal/with-abort.ts';
import { isAnswered } from './answers.ts';
import type { Readers } from './readers.ts';
import type { ChatTurnRecord } from './turn-records.ts';

/** How long a message may take to be posted (milliseconds); then whoever did it has ended. */
const POSTING_MS = 60_000;

/** How long Temporal is waited for before anything runs (milliseconds): while it is silent no run ends. */
const QUICK_MS = 500;

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  events: EventLog;
  readers: Readers;
}

/** Whether the run of the turn has not ended, or is about to begin. */
export async function isLive(
  { context, sessions, events, readers }: Parts,
  { run, session_id, answers, at, cursor }: ChatTurnRecord,
  owner: string,
): Promise<boolean> {
  if (answers !== null) return false;
  if (run === null) return Date.now() - at < POSTING_MS;
  // A run has something to do when it has answered.
  if (await isAnswered(events, { session_id, run, cursor })) return false;
  const id = runIdOf(session_id, run);
  if (readers.has(id)) return true;
  const look = async (): Promise<{ ended_at: string | null | undefined }> => ({
    ended_at: (await sessions.reader.run(id, owner).catch(whereNone))?.ended_at,
  });
  const { ended_at } = (await abortable(context.client, timeLimit(QUICK_MS), look)) ?? { ended_at: null };
  return ended_at === null;
}

/** Whether the turn's run is one of `runs`. */
export const isIn = (
  runs: ReadonlySet<string>,
  { run, session_id }: Pick<ChatTurnRecord, 'run' | 'session_id'>,
): boolean => run !== null && runs.has(runIdOf(session_id, run));

function whereNone(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 'run_not_found') return undefined;
  throw error;
}
