import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../contract/shared/failures.ts';
import type { PullRequest, PullRequestPlan } from './forge.ts';
import { failed, isRefusal, Refusal, type ForgeScope } from './http.ts';

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
  /** Whether the repository has the branch to merge into. */
  hasBase(): Promise<boolean>;
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

/** What a forge says for a moment after a push, and of a request that follows another too soon. */
const NOT_READY = new RegExp(
  [
    'head sha|base sha|"field":"head"|head is invalid|head repository',
    'no commits between|no changes between|nothing to (merge|compare)|submitted too quickly',
    "source branch|head branch|target couldn't be found|already exists",
  ].join('|'),
  'i',
);

/** See Forge.findOrOpenPullRequest. Whoever loses a race against another opener finds what that one opened. */
export async function findOrOpen(steps: Steps, base: string, scope: ForgeScope): Promise<PullRequest> {
  const before = await steps.list();
  const there = before.find(({ state }) => state === 'open') ?? (await mergedWhole(before, steps));
  if (there !== undefined) return asFound(there, steps);
  try {
    return { ...(await steps.open()), state: 'open', opened: true };
  } catch (error) {
    if (!isRefusal(error, 400, 404, 409, 422)) throw error;
    const now = await steps.list();
    const past = NOTHING_TO_OPEN.test(error.reason)
      ? (now.find(({ state }) => state === 'merged') ?? now[0])
      : undefined;
    const instead = now.find(({ state }) => state === 'open') ?? past;
    if (instead === undefined) throw await refusalToOpen(error, steps, base, scope);
    return await asFound(instead, steps);
  }
}

/** Why there is no pull request: final, or because the forge has not come so far yet. */
async function refusalToOpen(error: Refusal, steps: Steps, base: string, scope: ForgeScope): Promise<Failure> {
  if (!(await steps.hasBase()))
    return failed(
      scope,
      'pull_request_rejected',
      `The repository has no branch ${base} to merge into: ${error.reason}`,
    );
  return NOT_READY.test(error.reason) ? new Failure('forge_not_ready', error.message) : error;
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

/** What a forge refuses for good: nobody of that name, or not here. */
const NOBODY = /collaborator|not (a )?member|user|team|author|reviewer/i;
const SOON_TRIES = 3;

/** What follows the opening at once: tried again after 1 s, 2 s and 4 s where the forge does not know of it yet. */
async function soon(signal: AbortSignal | undefined, attempt: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const early = isRefusal(error, 404, 409, 422) && !NOBODY.test(error.reason);
      if (!early || tries === SOON_TRIES) throw error;
      const waitMs = 1_000 * 2 ** tries * (0.75 + Math.random() / 4);
      await sleep(waitMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** What of the plan may fail without harm: gives the warning, or nothing when it went well. An abort is no warning. */
export async function orWarning(
  what: string,
  signal: AbortSignal | undefined,
  attempt: () => Promise<unknown>,
): Promise<string[]> {
  try {
    await soon(signal, attempt);
    return [];
  } catch (error) {
    signal?.throwIfAborted();
    // Its message says that the pull request could not be opened.
    const why = error instanceof Refusal ? `the forge answered ${error.status}: ${error.reason}` : error;
    return [`${what}: ${why instanceof Error ? why.message : String(why)}`];
  }
}
