import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../contract/shared/failures.ts';
import { createCheckout, moveCheckout, removeCheckout } from '../git/checkout.ts';
import { isIncomplete } from '../git/complete-checkout.ts';
import { exists } from '../processes/path-exists.ts';
import { tryLock } from '../processes/file-lock.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { Worktree, WorktreeStep } from '../contract/workflow/steps.ts';
import { killStrays } from '../processes/tree.ts';
import type { Deps, HostSettings } from './deps.ts';
import { jobPaths, type JobPaths } from './paths.ts';
import { repoOf } from './remotes.ts';
import type { HeldSeat } from './seats.ts';
import { resumableSession } from './session.ts';

/** How long a host that was lost may hold on to a prepared worktree (milliseconds), and how often that is looked at. */
const DYING_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** Where a job is to work. */
export interface OpenPlace {
  paths: JobPaths;
  /** Whether an agent, or setup, has begun in it. */
  begun: boolean;
}

/**
 * Makes the folders of the job, and removes or keeps the checkout that an earlier attempt left on this disk. It is
 * taken over when the agent's session is there too, so that the agent can go on, or setup has run in it; else the job
 * starts over from its base. A checkout that the job is to work in (prepared, or of the job that it tries again) stays
 * as it is; a prepared one in which another job works is `worktree_busy`. What still ran of the earlier attempt is
 * killed first.
 */
export async function openPlace(
  deps: Deps,
  step: WorktreeStep,
  seat: HeldSeat,
  signal: AbortSignal,
): Promise<OpenPlace> {
  const { settings } = deps;
  const { job_id, attempt, adopt, worktree_id, set_up = false } = step;
  const paths = jobPaths(settings, step);
  if (worktree_id !== undefined) await occupy(seat, paths, step, signal);
  const isKnown = (await exists(paths.worktree)) || (await exists(paths.dir));
  if (isKnown) await endEarlier(deps, job_id, paths);
  const resumable = (await resumableSession(deps, paths, job_id, attempt)) !== undefined;
  const begun = resumable || (set_up && (await exists(paths.worktree)));
  if (adopt === undefined && worktree_id === undefined && !begun) await removeCheckout(paths.worktree);
  await mkdir(settings.worktreeRoot, { recursive: true });
  for (const dir of [paths.config, paths.home, paths.tmp]) await mkdir(dir, { recursive: true, mode: 0o700 });
  if (adopt !== undefined) await takeOver(settings, adopt, paths);
  return { paths, begun };
}

/** Makes the job's isolated checkout, unless it is there. */
export async function fillWorktree(
  settings: HostSettings,
  step: WorktreeStep,
  { paths, begun }: OpenPlace,
  signal: AbortSignal,
): Promise<Worktree> {
  if (step.worktree_id !== undefined) return { path: paths.worktree, reused: true };
  const reused = await checkOut(settings, step, paths, signal);
  const incomplete = reused === false && step.base !== undefined && (await isIncomplete(paths.worktree, step.base));
  return { path: paths.worktree, reused: reused ?? begun, ...(incomplete && { incomplete }) };
}

/** Ends what an earlier attempt has left running on this disk. */
async function endEarlier({ warm, log }: Deps, job: string, { marker, worktree, dir }: JobPaths): Promise<void> {
  await warm.end(job);
  const killed = await killStrays({ marker, directories: [worktree, dir] });
  if (killed.length > 0) log.warn({ job, killed }, 'killed processes of an earlier attempt');
}

/** Whether the checkout was there; undefined where there is no repository and the agent works in an empty directory. */
async function checkOut(
  settings: HostSettings,
  { repo_url, base, branch }: WorktreeStep,
  { worktree: path }: JobPaths,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (repo_url === undefined || base === undefined || branch === undefined) {
    await mkdir(path, { recursive: true });
    return undefined;
  }
  const repo = repoOf(settings, repo_url);
  const { reposRoot, author } = settings;
  const plan = { path, mirrorDir: mirrorDir(reposRoot, repo), repo, branch, base, author };
  return (await createCheckout(plan, signal)).reused;
}

/**
 * Makes the worktree of job `from`, which has ended, this job's own; where it is gone, or was taken over before,
 * nothing. After a failure it is still that job's.
 */
async function takeOver(settings: HostSettings, from: string, to: JobPaths): Promise<void> {
  const old = jobPaths(settings, { job_id: from });
  await killStrays({ marker: old.marker, directories: [old.worktree, old.dir] });
  await rm(old.dir, { recursive: true, force: true });
  if ((await exists(old.worktree)) && !(await exists(to.worktree))) await moveCheckout(old.worktree, to.worktree);
}

/** Makes the job the only one in a prepared worktree, before it looks for processes there and kills them. */
async function occupy(
  seat: HeldSeat,
  { worktree, lock }: JobPaths,
  { worktree_id: id = '', attempt }: WorktreeStep,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(lock), { recursive: true });
  // The host that was lost may take a moment to die.
  const last = Date.now() + (attempt > 1 ? DYING_MS : 0);
  let held = await seat.holdLock(() => tryLock(lock, signal));
  while (!held && Date.now() < last) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    held = await seat.holdLock(() => tryLock(lock, signal));
  }
  if (!held) throw new Failure('worktree_busy', `Another job uses the worktree ${id}.`);
  if (await exists(worktree)) return;
  await rm(lock, { force: true });
  throw new Failure('worktree_not_found', `The worktree ${id} is no longer on the disk where it was prepared.`);
}
