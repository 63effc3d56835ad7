import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { ApprovalForm } from './questions.ts';
import type { ToolCaller } from './tool.ts';

/** How often a call that waits gives a sign of life (milliseconds). */
const BEAT_MS = 8_000;

/** How often it looks at what its run waits for (milliseconds). */
const LOOK_MS = 1_000;

type Deps = Pick<ApiDeps, 'sessions'>;
type Pending = AsyncIterable<ApprovalRecord[]>;

/** Approvals of a run that are pending. */
export async function pendingOf({ sessions }: Deps, run: RunRecord, owner: string): Promise<ApprovalRecord[]> {
  const { session_id } = run;
  const { approvals } = await sessions.approvals.list(owner, { status: 'pending', session_id });
  return approvals.filter(({ run_id }) => run_id === run.id);
}

/**
 * The run when it has ended, or as it is when the time is over or the caller gone; signs of life meanwhile. What it
 * waits for is put to the user of the caller. Where that cannot be, or the user does not decide, the run is answered as
 * it is, so that the caller can act.
 */
export async function awaitRun(deps: Deps, run: RunRecord, seconds: number, caller: ToolCaller): Promise<RunRecord> {
  const stop = new AbortController();
  const over = AbortSignal.any([caller.signal, stop.signal, timeLimit(seconds * 1_000)]);
  const begun = Date.now();
  const beat = setInterval(
    () => caller.tell?.(`the run goes on (${Math.round((Date.now() - begun) / 1_000)} s)`),
    BEAT_MS,
  );
  const asked = new Map<string, ApprovalForm>();
  const pending = pendingNow(deps, run, caller.owner, { over, asked });
  const undecided = caller.ask === undefined ? untilNew(pending) : untilNotDecided(pending, caller.ask, asked);
  const watched = undecided.then((isSo) => isSo && stop.abort());
  try {
    return await deps.sessions.runEnded(run.id, caller.owner, over);
  } finally {
    clearInterval(beat);
    stop.abort();
    await watched;
  }
}

/** What the run waits for, again and again: each second, and when something that was asked has an answer. */
async function* pendingNow(
  deps: Deps,
  run: RunRecord,
  owner: string,
  { over, asked }: { over: AbortSignal; asked: ReadonlyMap<string, ApprovalForm> },
): AsyncGenerator<ApprovalRecord[]> {
  while (!over.aborted) {
    // Temporal may not answer for a moment.
    const pending = await pendingOf(deps, run, owner).catch(() => undefined);
    if (over.aborted) return;
    if (pending !== undefined) yield pending;
    const open = [...asked.values()].filter(({ isAnswered }) => !isAnswered);
    const pause = sleep(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
    await Promise.race([pause, ...open.map(({ answered }) => answered)]);
  }
}

/** Resolves with true when the run waits for something for which it did not at first. */
async function untilNew(pending: Pending): Promise<boolean> {
  let known: ReadonlySet<string> | undefined;
  for await (const approvals of pending) {
    const ids = new Set(approvals.map(({ id }) => id));
    known ??= ids;
    for (const id of ids) if (!known.has(id)) return true;
  }
  return false;
}

/** Asks about all for which the run waits; resolves with true when the user has answered and not decided. */
async function untilNotDecided(
  pending: Pending,
  ask: NonNullable<ToolCaller['ask']>,
  asked: Map<string, ApprovalForm>,
): Promise<boolean> {
  try {
    for await (const approvals of pending) {
      for (const [id, question] of asked) {
        if (approvals.some((approval) => approval.id === id)) continue;
        question.withdraw();
        asked.delete(id);
      }
      for (const approval of approvals) {
        const question = asked.get(approval.id) ?? ask(approval);
        if (question.isAnswered) return true;
        asked.set(approval.id, question);
      }
    }
    return false;
  } finally {
    for (const question of asked.values()) question.withdraw();
  }
}
