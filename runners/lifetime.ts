import type { RunningProcess } from '../processes/spawn.ts';
import { exitWithin, killTree, stopTree } from '../processes/tree.ts';
import type { KillReason } from './runner.ts';

/** How long a CLI may take to obey an interrupt, and then SIGTERM. */
const GRACE_MS = 1_000;
/** How long a CLI may take to end by itself after its result: it still writes its transcript. */
const GOODBYE_MS = 5_000;
/** Longest time a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Limits {
  timeoutMs: number;
  signal: AbortSignal;
  /** What is written to the CLI to make it break off. */
  interrupt: string;
}

/** Watches over a running CLI from its start to its end. */
export interface Lifetime {
  timedOut(): boolean;
  /** The turn is over: the CLI may end by itself, for a while. */
  finish(): void;
  /** Stops watching and kills what still lives of the tree. */
  end(): Promise<void>;
}

/** Stops a CLI when its time is up or the signal aborts, whether or not somebody reads its output meanwhile. */
export function watchOver(run: RunningProcess, { timeoutMs, signal, interrupt }: Limits): Lifetime {
  let timedOut = false;
  let goodbye: NodeJS.Timeout | undefined;
  const endings: Promise<void>[] = [];
  const onTimeout = (): void => {
    timedOut = true;
    endings.push(interruptThenStop(run, interrupt));
  };
  const onAbort = (): void =>
    void endings.push(isKill(signal.reason) ? killTree(run) : interruptThenStop(run, interrupt));
  const timer = setTimeout(onTimeout, Math.min(timeoutMs, MAX_TIMER_MS));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    timedOut: () => timedOut,
    finish: () => {
      clearTimeout(timer);
      run.stdin.end();
      goodbye ??= setTimeout(() => void endings.push(killTree(run)), GOODBYE_MS);
    },
    end: async () => {
      clearTimeout(timer);
      clearTimeout(goodbye);
      signal.removeEventListener('abort', onAbort);
      endings.push(killTree(run));
      // All of them: one that still looked for the job's processes would find those of its next run.
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
