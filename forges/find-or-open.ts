import type { PullRequest } from './forge.ts';
import { isRefusal } from './http.ts';

/** A pull request that is there. */
export interface Found extends Pick<PullRequest, 'url' | 'number' | 'state'> {
  /** The commit its branch had last. */
  sha: string | undefined;
  /** What `tip` needs to find the branch: the repository that has it, where it is still there. */
  repo: string | undefined;
}

/** The steps of one forge. */
export interface Steps {
  /** Those from the branch to the base, the newest first. */
  list(): Promise<Found[]>;
  /** The commit that the branch of `found` is at now; undefined where it is gone. */
  tip(found: Found): Promise<string | undefined>;
  open(): Promise<Pick<PullRequest, 'url' | 'number' | 'warnings'>>;
}

const NOTHING_TO_OPEN = /no commits between|no changes between|nothing to (merge|compare)|already merged/i;

/** See Forge.findOrOpenPullRequest. Whoever loses a race against another opener finds what that one opened. */
export async function findOrOpen(steps: Steps): Promise<PullRequest> {
  const before = await steps.list();
  const there = before.find(({ state }) => state === 'open') ?? (await mergedWhole(before, steps));
  if (there !== undefined) return asFound(there);
  try {
    return { ...(await steps.open()), state: 'open', opened: true };
  } catch (error) {
    if (!isRefusal(error, 400, 409, 422)) throw error;
    const now = await steps.list();
    const past = NOTHING_TO_OPEN.test(error.said) ? (now.find(({ state }) => state === 'merged') ?? now[0]) : undefined;
    const instead = now.find(({ state }) => state === 'open') ?? past;
    if (instead === undefined) throw error;
    return asFound(instead);
  }
}

async function mergedWhole(found: readonly Found[], steps: Steps): Promise<Found | undefined> {
  const merged = found.find(({ state }) => state === 'merged');
  if (merged?.sha === undefined) return undefined;
  return (await steps.tip(merged)) === merged.sha ? merged : undefined;
}

const asFound = ({ url, number, state }: Found): PullRequest => ({ url, number, state, opened: false, warnings: [] });

/** What of the plan may fail without harm: gives the warning, or nothing when it went well. An abort is no warning. */
export async function orWarning(
  what: string,
  signal: AbortSignal | undefined,
  attempt: () => Promise<unknown>,
): Promise<string[]> {
  try {
    await attempt();
    return [];
  } catch (error) {
    signal?.throwIfAborted();
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
