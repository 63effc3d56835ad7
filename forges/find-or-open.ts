import type { PullRequest, PullRequestPlan } from './forge.ts';
import { isRefusal, Refusal } from './http.ts';

/** What a pull request gets by calls of their own, once it is open. */
export type Extras = Pick<PullRequestPlan, 'labels' | 'reviewers'>;

/** A pull request that is there. */
export interface Found extends Pick<PullRequest, 'url' | 'number' | 'state'> {
  /** The commit its branch had last. */
  sha: string | undefined;
  /** What `tip` needs to find the branch: the repository that has it, where it is still there. */
  repo: string | undefined;
  /** What it was to get and has not, where it is ours: whoever opened it may have died before, or lost the answer. */
  lacks?: Extras | undefined;
}

/** The steps of one forge. */
export interface Steps {
  /** Those from the branch to the base, the newest first. */
  list(): Promise<Found[]>;
  /** The commit that the branch of `found` is at now; undefined where it is gone. */
  tip(found: Found): Promise<string | undefined>;
  open(): Promise<Pick<PullRequest, 'url' | 'number' | 'warnings'>>;
  /** Gives the pull request what it lacks, and the warnings. Absent where all is there as soon as it is open. */
  complete?(number: number, lacks: Extras): Promise<string[]>;
}

/** What `there` lacks of what was sent; undefined where its text is not what was sent: then it is somebody else's. */
export function lacksOf(
  sent: Extras & { title: string; body: string },
  there: Extras & { title: string; body: string | null },
): Extras | undefined {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();
  if (plain(there.title) !== plain(sent.title) || plain(there.body ?? '') !== plain(sent.body)) return undefined;
  const without = (wanted: readonly string[], has: readonly string[]): string[] => {
    const known = new Set(has.map((name) => name.toLowerCase()));
    // A team is known by its own name alone.
    return wanted.filter((name) => !known.has(name.replace(/^.*\//, '').toLowerCase()));
  };
  return { labels: without(sent.labels, there.labels), reviewers: without(sent.reviewers, there.reviewers) };
}

const NOTHING_TO_OPEN = /no commits between|no changes between|nothing to (merge|compare)|already merged/i;

/** See Forge.findOrOpenPullRequest. Whoever loses a race against another opener finds what that one opened. */
export async function findOrOpen(steps: Steps): Promise<PullRequest> {
  const before = await steps.list();
  const there = before.find(({ state }) => state === 'open') ?? (await mergedWhole(before, steps));
  if (there !== undefined) return asFound(there, steps);
  try {
    return { ...(await steps.open()), state: 'open', opened: true };
  } catch (error) {
    if (!isRefusal(error, 400, 409, 422)) throw error;
    const now = await steps.list();
    const past = NOTHING_TO_OPEN.test(error.reason)
      ? (now.find(({ state }) => state === 'merged') ?? now[0])
      : undefined;
    const instead = now.find(({ state }) => state === 'open') ?? past;
    if (instead === undefined) throw error;
    return await asFound(instead, steps);
  }
}

async function mergedWhole(found: readonly Found[], steps: Steps): Promise<Found | undefined> {
  const merged = found.find(({ state }) => state === 'merged');
  if (merged?.sha === undefined) return undefined;
  return (await steps.tip(merged)) === merged.sha ? merged : undefined;
}

async function asFound({ url, number, state, lacks }: Found, steps: Steps): Promise<PullRequest> {
  const warnings = state === 'open' && lacks !== undefined ? await steps.complete?.(number, lacks) : undefined;
  return { url, number, state, opened: false, warnings: warnings ?? [] };
}

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
    // Its message says that the pull request could not be opened.
    const why = error instanceof Refusal ? `the forge answered ${error.status}: ${error.reason}` : error;
    return [`${what}: ${why instanceof Error ? why.message : String(why)}`];
  }
}
