import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './errors.ts';

/** How long to retry before giving up (milliseconds). */
const GIVE_UP_MS = 60_000;

/** Pause between two attempts (milliseconds). */
const RETRY_MS = 500;

/** What goes on while the server is away, and where it is found again. */
const FOUND_BY = { job: 'agenticore jobs', session: 'agenticore session list' };

interface ReconnectOptions {
  url: string;
  what?: keyof typeof FOUND_BY;
  /** Gets a sentence when the server is lost and when it is back. */
  tell: (sentence: string) => void;
  giveUpMs?: number;
}

/** Retries while a server is away. */
export interface Reconnect {
  /** The server has answered. */
  answered(): void;
  /** Resolves when it is time to retry; throws an error that is not transient, and `connection_lost` after 60 s. */
  retry(error: unknown, signal: AbortSignal): Promise<void>;
}

/** Retries for 60 s from the last answer on. */
export function createReconnect({ url, what = 'job', tell, giveUpMs = GIVE_UP_MS }: ReconnectOptions): Reconnect {
  let lostAt: number | undefined;
  return {
    answered() {
      if (lostAt !== undefined) tell('The server answers again.');
      lostAt = undefined;
    },
    async retry(error, signal) {
      if (!(error instanceof CliError) || !error.transient) throw error;
      const now = performance.now();
      if (lostAt === undefined)
        tell(
          `The server at ${url} does not answer. Retrying for ${giveUpMs / 1_000} s; the ${what} continues meanwhile.`,
        );
      lostAt ??= now;
      if (now - lostAt >= giveUpMs)
        throw new CliError(`The server at ${url} did not answer within ${giveUpMs / 1_000} s: ${error.message}`, {
          code: 'connection_lost',
          hint: `The ${what} continues. Start the server again, then check: ${FOUND_BY[what]}`,
        });
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    },
  };
}
