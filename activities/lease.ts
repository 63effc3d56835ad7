import type { AsyncCompletionClient } from '@temporalio/client';
import { deferred } from '../contract/shared/deferred.ts';

/** How often the server is asked whether the seat is still held (milliseconds). */
const BEAT_MS = 1_000;

/** Share of the heartbeat timeout after which a host that was not heard gives the job up by itself. */
const SAFE_SHARE = 0.75;

/** Why a lease ended: the server said so, or it was not heard in time. */
interface LeaseEnd {
  why: 'gone' | 'revoked' | 'unheard';
  error?: unknown;
}

export interface Lease {
  /** Resolves when the server has acknowledged the first heartbeat, or when the lease ends without one. */
  confirmed: Promise<void>;
  /** Resolves, once, when the host may no longer work for the job. */
  ended: Promise<LeaseEnd>;
  /** Milliseconds (monotonic) until the lease ends if the server is not heard again. */
  remainingMs(): number;
  stop(): void;
}

interface LeaseOptions {
  client: AsyncCompletionClient;
  taskToken: Uint8Array;
  heartbeatTimeoutMs: number;
  /** Sent with each heartbeat; the workflow sees the last one when this host is lost. */
  details: () => unknown;
  /** The SDK's own heartbeat, which feeds its local timer; the one through the client tells what the server heard. */
  alsoBeat: (details: unknown) => void;
}

/**
 * Proves to the server every second that this host is alive, and ends as soon as that can no longer be proven: a
 * heartbeat is acknowledged for 0.75 of the heartbeat timeout from the moment it was *sent*, on the monotonic clock,
 * so that this host has stopped before the server gives the job to another. A timer of its own watches the
 * deadline: a heartbeat call that hangs costs nothing.
 */
export function keepLease(options: LeaseOptions): Lease {
  const { client, taskToken, heartbeatTimeoutMs } = options;
  const confirmed = deferred();
  const ended = deferred<LeaseEnd>();
  let deadline = performance.now() + heartbeatTimeoutMs * SAFE_SHARE;
  let watch: NodeJS.Timeout | undefined;
  let pause: NodeJS.Timeout | undefined;
  let over = false;

  const stop = (): void => {
    over = true;
    clearTimeout(watch);
    clearTimeout(pause);
    confirmed.resolve();
  };
  const end = (why: LeaseEnd['why'], error?: unknown): void => {
    if (over) return;
    stop();
    ended.resolve({ why, error });
  };
  const arm = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => end('unheard'), Math.max(0, deadline - performance.now()));
  };
  const beat = async (): Promise<void> => {
    const sent = performance.now();
    const details = options.details();
    options.alsoBeat(details);
    try {
      await client.withDeadline(Date.now() + heartbeatTimeoutMs / 2, () => client.heartbeat(taskToken, details));
      if (over) return;
      deadline = Math.max(deadline, sent + heartbeatTimeoutMs * SAFE_SHARE);
      arm();
      confirmed.resolve();
    } catch (error) {
      const verdict = judge(error);
      if (verdict) return end(verdict, error);
    }
    if (!over) pause = setTimeout(() => void beat(), Math.max(0, BEAT_MS - (performance.now() - sent)));
  };

  arm();
  void beat();
  return {
    confirmed: confirmed.promise,
    ended: ended.promise,
    remainingMs: () => (over ? 0 : deadline - performance.now()),
    stop,
  };
}

/** What a failed heartbeat means; undefined where the server was just not heard. */
function judge(error: unknown): LeaseEnd['why'] | undefined {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ActivityNotFoundError') return 'gone';
  return ['ActivityCancelledError', 'ActivityPausedError', 'ActivityResetError'].includes(name) ? 'revoked' : undefined;
}
