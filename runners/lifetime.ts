import type { RunningProcess } from '../processes/spawn.ts';
import { exitWithin, killTree, stopTree } from '../processes/tree.ts';
import type { KillReason } from './agent.ts';

/** How long a CLI may take to obey an interrupt, and then SIGTERM. */
const GRACE_MS = 1_000;
/** How long a CLI may take to end by itself once its input is closed: it still writes its transcript. */
const GOODBYE_MS = 5_000;
/** Longest time a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface LifetimeOptions {
  signal: AbortSignal;
  /** Written to the CLI to make it break off its answer. */
  interrupt: string;
}

/** Watches a running CLI from its start to its end. */
export interface Lifetime {
  /** Starts the time limit of an answer. */
  begin(timeoutMs: number): void;
  /** The answer is complete: its time limit ends. */
  settle(): void;
  /** Whether an answer took too long, so that the CLI is being stopped. */
  timedOut(): boolean;
  /** Lets the CLI end by itself, for a while. */
  finish(): void;
  /** Stops watching and kills what still lives of the tree. */
  end(): Promise<void>;
}

/** Stops a CLI when an answer takes too long or the signal aborts, whether or not somebody reads its output. */
export function watchOver(run: RunningProcess, { signal, interrupt }: LifetimeOptions): Lifetime {
  let timedOut = false;
  let limit: NodeJS.Timeout | undefined;
  let goodbye: NodeJS.Timeout | undefined;
  const endings: Promise<void>[] = [];
  const onTimeout = (): void => {
    timedOut = true;
    endings.push(interruptThenStop(run, interrupt));
  };
  const onAbort = (): void =>
    void endings.push(isKill(signal.reason) ? killTree(run) : interruptThenStop(run, interrupt));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    begin: (timeoutMs) => {
      clearTimeout(limit);
      limit = setTimeout(onTimeout, Math.min(timeoutMs, MAX_TIMER_MS));
    },
    settle: () => clearTimeout(limit),
    timedOut: () => timedOut,
    finish: () => {
      run.stdin.end();
      goodbye ??= setTimeout(() => void endings.push(killTree(run)), GOODBYE_MS);
    },
    end: async () => {
      clearTimeout(limit);
      clearTimeout(goodbye);
      signal.removeEventListener('abort', onAbort);
      endings.push(killTree(run));
      // All of them: one that still looks for the job's processes would find those of its next run.
      await Promise.all(endings);
    },
  };
}

async function interruptThenStop(run: RunningProcess, interrupt: string): Promise<void> {
  run.stdin.end(interrupt);
  await exitWithin(run, GRACE_MS);
  await stopTree(run, GRACE_MS);
}

function isKill(reason: unknown): reason is KillReason {
  return typeof reason === 'object' && reason !== null && 'kill' in reason && reason.kill === true;
}

/** The promised value, or `overdue` after `ms`. */
export async function within<Value>(promise: Promise<Value>, ms: number | undefined): Promise<Value | 'overdue'> {
  if (ms === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<'overdue'>((settle) => {
    timer = setTimeout(settle, Math.min(ms, MAX_TIMER_MS), 'overdue');
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
