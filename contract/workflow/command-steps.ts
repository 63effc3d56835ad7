/** What the steps around the commands of a profile take and answer. No zod here: workflows import this file. */
import type { CacheOptions, CommandCheck } from './checks.ts';
import type { SeatStep } from './seat.ts';

export interface CommandStep extends SeatStep, Pick<CommandCheck, 'phase' | 'round' | 'command'> {
  repo_url?: string;
  timeout_ms: number;
  /** Whether it is the first of its phase and round on this host. */
  first: boolean;
}

export interface CacheStep extends SeatStep {
  owner: string;
  repo_url: string;
  /** The commands of the setup: another setup has another cache. */
  run: string[];
  cache: CacheOptions;
}

export interface RestoredCache {
  /** Under which the cache of this setup is kept. */
  key: string;
  restored: boolean;
  warnings: string[];
}

export interface SaveCacheStep extends CacheStep {
  /** That of RestoredCache: the commands may have changed the files of the key. */
  key: string;
}

export interface FinishSetupStep extends SeatStep {
  repo_url?: string;
  /** The cache to keep; absent where there is none, or it was used unchanged. */
  save?: Omit<SaveCacheStep, keyof SeatStep>;
}
