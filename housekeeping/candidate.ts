import { stat } from 'node:fs/promises';
import type { Config } from '../config/index.ts';
import type { AskFate } from './workflow-state.ts';

/** What housekeeping removes: things by which jobs are kept, and what killed processes left. */
export type GcKind =
  'worktree' | 'job_files' | 'cache' | 'mirror' | 'transcript' | 'diff' | 'events' | 'content' | 'lock' | 'partial';

/** Where things are, and how long they stay. */
export type Rules = Pick<
  Config,
  | 'dataDir'
  | 'worktreeRoot'
  | 'reposRoot'
  | 'keepWorktreesDays'
  | 'keepTranscriptsDays'
  | 'keepEventsDays'
  | 'keepMirrorsDays'
  | 'maxCachesGb'
  | 'maxDataGb'
  | 'sharedFsRoot'
>;

/** Something on this disk that is removed when its time has come. */
export interface Thing {
  kind: GcKind;
  path: string;
  /** When it was last of use (milliseconds since 1970). */
  usedAt: number;
  /** Why it may go now; null while it must stay. */
  due: (ask: AskFate) => Promise<string | null>;
  /** Whether it may go before its time when all things together are too large; absent where it never may. */
  spare?: (ask: AskFate) => Promise<boolean>;
  /** Removes it if `still` agrees while no other process can start to use it. Returns whether it did. */
  remove: (still: () => Promise<boolean>) => Promise<boolean>;
}

const DAY_MS = 86_400_000;

/** Grace period: a live process removes its own files faster than this (milliseconds). */
const LEFT_MS = 3_600_000;

/** Why a thing of that age may go; null while it is younger. */
export const after = (days: number, usedAt: number, reason: string): string | null =>
  Date.now() - usedAt > days * DAY_MS ? `${reason} for ${days} ${days === 1 ? 'day' : 'days'}` : null;

/** Whether something was used in the last hour: a process may be at it. */
export const isFresh = (usedAt: number): boolean => Date.now() - usedAt < LEFT_MS;

/** When the newest of `paths` was changed; 0 where there is none of them. */
export async function changedAt(...paths: string[]): Promise<number> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}

/** `remove` of a thing that needs no lock. */
export const removing =
  (work: () => Promise<unknown>): Thing['remove'] =>
  async (still) => {
    if (!(await still())) return false;
    await work();
    return true;
  };
