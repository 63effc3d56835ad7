import { Context } from '@temporalio/activity';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RemoveStep } from '../contract/workflow/worktree-state.ts';
import { removeCheckout } from '../git/checkout.ts';
import { exists } from '../processes/path-exists.ts';
import { tryLock } from '../processes/file-lock.ts';
import { allTips, bringMirrorUpToDate } from '../git/mirror.ts';
import { undeliveredWork } from '../git/unpushed.ts';
import { killStrays } from '../processes/tree.ts';
import { confinedTo } from './run-git-in-sandbox.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths, type JobPaths } from './paths.ts';
import { remotesOf, repoOf } from './remotes.ts';
import type { Task } from './step.ts';

/** How long the remote may take to tell what it has (milliseconds): somebody waits for the answer. */
const REMOTE_MS = 20_000;

/** How often the server is told that this host is still at it (milliseconds). */
const HEARTBEAT_MS = 1_000;

/**
 * Removes a prepared worktree, or that of a job that has no seat, with what still runs in it; one that is gone is no
 * error. Fails `worktree_busy` while a job works in it; without force `undelivered_work` where it holds what the remote
 * does not have, and as the remote fails where that cannot be told. After a failure everything is as it was.
 */
export const dropWorktree: Task<RemoveStep, void> = async (deps, step) => {
  const context = Context.current();
  const signal = context.cancellationSignal;
  // The server may have given this to a poll of a connection that was dead: who asked has had an answer since.
  await deps.client.activity.heartbeat(context.info.taskToken);
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    await removeWhenFree(deps.settings, step, signal);
  } finally {
    clearInterval(beat);
  }
};

/** The same at once, with no word to the server. */
export async function removeWhenFree(settings: HostSettings, step: RemoveStep, signal: AbortSignal): Promise<void> {
  const paths = jobPaths(settings, { job_id: step.worktree_id });
  await mkdir(dirname(paths.lock), { recursive: true });
  const lock = await tryLock(paths.lock, signal);
  if (lock === undefined)
    throw new Failure('worktree_busy', `The worktree ${step.worktree_id} was not removed: a job uses it.`);
  try {
    await killStrays({ directories: [paths.worktree, paths.dir] });
    if (!step.force && (await exists(paths.worktree))) await refuseUndelivered(settings, step, paths, signal);
    await remove(paths);
  } finally {
    lock.release();
  }
}

async function refuseUndelivered(
  settings: HostSettings,
  { worktree_id, repo_url }: Extract<RemoveStep, { repo_url: string }>,
  { worktree: path, dir, config, home, tmp }: JobPaths,
  signal: AbortSignal,
): Promise<void> {
  const repo = repoOf(settings, repo_url);
  const mirror = await bringMirrorUpToDate({ ...remotesOf(settings), timeoutMs: REMOTE_MS }, repo, signal);
  const onRemote = await allTips(mirror, signal);
  try {
    for (const each of [config, home, tmp]) await mkdir(each, { recursive: true, mode: 0o700 });
    const confined = confinedTo(settings, { job_id: worktree_id }, repo_url);
    const found = await undeliveredWork(confined, { path, onRemote }, signal);
    if (found === undefined) return;
    throw new Failure('undelivered_work', `The worktree ${worktree_id} was not removed: it holds ${found}.`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** At once as far as others can see, so that nobody ever finds half of it. */
async function remove({ worktree, dir, lock }: JobPaths): Promise<void> {
  if (await exists(worktree)) {
    await rm(`${worktree}.new`, { recursive: true, force: true });
    await rename(worktree, `${worktree}.new`);
  }
  await removeCheckout(worktree);
  await rm(dir, { recursive: true, force: true });
  await rm(lock, { force: true });
}
