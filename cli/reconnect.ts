import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './errors.ts';

/** How long a server may be away before the wait for it is given up (milliseconds). */
const PATIENCE_MS = 60_000;

/** Pause between two tries (milliseconds). */
const RETRY_MS = 500;

interface PatienceOptions {
  url: string;
  /** Gets a sentence when the server is lost and when it is back. */
  tell: (sentence: string) => void;
  patienceMs?: number;
}

/** Bears with a server that goes away and comes back. */
export interface Patience {
  /** The server has answered. */
  answered(): void;
  /** Resolves when it is time to try again; throws what cannot pass, and `connection_lost` when 60 s have passed. */
  retry(error: unknown, signal: AbortSignal): Promise<void>;
}

/** A fresh patience of 60 s, which every answer renews. */
export function createPatience({ url, tell, patienceMs = PATIENCE_MS }: PatienceOptions): Patience {
  let lostAt: number | undefined;
  return {
    answered() {
      if (lostAt !== undefined) tell('The server answers again.');
      lostAt = undefined;
    },
    async retry(error, signal) {
      if (!(error instanceof CliError) || !error.passing) throw error;
      const now = performance.now();
      if (lostAt === undefined)
        tell(`The server at ${url} is away; trying again for ${patienceMs / 1_000} s. The job does not need it.`);
      lostAt ??= now;
      if (now - lostAt >= patienceMs)
        throw new CliError(`The server at ${url} did not come back within ${patienceMs / 1_000} s: ${error.message}`, {
          code: 'connection_lost',
          hint: 'The job goes on without it. Start it again with `agenticore serve`, then see `agenticore jobs`.',
        });
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    },
  };
}
