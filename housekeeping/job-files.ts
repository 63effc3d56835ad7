import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jobPaths } from '../activities/paths.ts';
import { retryId } from '../contract/shared/derived-id.ts';
import { removeCheckout } from '../git/checkout.ts';
import { deliveryRepository } from '../git/delivery-repository.ts';
import { removeTree } from '../processes/remove-tree.ts';
import { killStrays } from '../processes/tree.ts';
import type { AskFate } from './workflow-state.ts';
import { after, changedAt, removing, type Rules, type Thing } from './candidate.ts';

/** A worktree is named by the id of the workflow that it belongs to; nothing else in the folder is ours. */
const WORKTREE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.new|\.deliver|\.lock)?$/;

/**
 * Worktrees and private files of jobs. They go when the workflow has ended well or was cancelled; where it failed they
 * may hold undelivered work and are kept for a while. Processes that still work in them are killed.
 */
export async function jobThings(rules: Rules): Promise<Thing[]> {
  const [worktrees, dirs] = await Promise.all(
    [rules.worktreeRoot, join(rules.dataDir, 'jobs')].map((folder) => readdir(folder).catch(() => [])),
  );
  const things: Promise<Thing>[] = [];
  for (const name of worktrees ?? []) {
    const [, id, suffix] = WORKTREE.exec(name) ?? [];
    if (id !== undefined) things.push(worktreeThing(rules, id, suffix));
  }
  for (const name of dirs ?? []) if (WORKTREE.exec(name)?.[1] === name) things.push(filesThing(rules, name));
  return Promise.all(things);
}

async function worktreeThing(rules: Rules, id: string, suffix: string | undefined): Promise<Thing> {
  const { worktree, dir, marker } = jobPaths(rules, { job_id: id });
  const path = worktree + (suffix ?? '');
  // What is committed for delivery lives as long as the worktree.
  const holdsWork = suffix === undefined || path === deliveryRepository(worktree);
  // The agent can write in its worktree, but not in the folder of its files: that one's time is not its to choose.
  const usedAt = (await changedAt(dir)) || (await changedAt(path));
  return {
    kind: suffix === undefined ? 'worktree' : 'partial',
    path,
    usedAt,
    due: (ask) => dueOf(rules, { id, usedAt, holdsWork }, ask),
    remove: removing(async () => {
      await killStrays({ marker, directories: [worktree, dir] });
      await (suffix === undefined ? removeCheckout(path) : removeTree(path));
    }),
  };
}

async function filesThing(rules: Rules, id: string): Promise<Thing> {
  const { worktree, dir, marker } = jobPaths(rules, { job_id: id });
  const usedAt = await changedAt(dir);
  return {
    kind: 'job_files',
    path: dir,
    usedAt,
    due: (ask) => dueOf(rules, { id, usedAt, holdsWork: true }, ask),
    remove: removing(async () => {
      await killStrays({ marker, directories: [worktree, dir] });
      await removeTree(dir);
    }),
  };
}

interface Owned {
  id: string;
  usedAt: number;
  /** Whether it is wanted when the job has failed. */
  holdsWork: boolean;
}

async function dueOf(
  { keepWorktreesDays }: Rules,
  { id, usedAt, holdsWork }: Owned,
  ask: AskFate,
): Promise<string | null> {
  const fate = await ask(id);
  if (fate.state === 'open') return null;
  if (fate.state === 'unknown') return after(keepWorktreesDays, usedAt, 'unused, and unknown to Temporal,');
  if (fate.state === 'ended' || !holdsWork) return 'its job has ended';
  const reason = after(keepWorktreesDays, Math.max(fate.at, usedAt), 'its job has failed, and it was kept');
  return reason !== null && (await isTriedAgain(id, ask)) ? null : reason;
}

/** Whether a job that tries this one again, or one that tries that one again, waits or runs. */
async function isTriedAgain(id: string, ask: AskFate): Promise<boolean> {
  for (let next = retryId(id); ; next = retryId(next)) {
    const { state } = await ask(next);
    if (state === 'open') return true;
    if (state === 'unknown') return false;
  }
}
