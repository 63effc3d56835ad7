import { realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { exists } from '../processes/path-exists.ts';
import { removeTree } from '../processes/remove-tree.ts';
import { run } from '../processes/run-program.ts';
import { recordBaseline } from './baseline.ts';
import type { RunConfined } from './confined.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { explainRan, gitInTurn, sealedEnv, tryGit } from './git.ts';
import { filterConfig, hasGitLfs } from './lfs.ts';
import { shallowIn } from './mirror-store.ts';

/** A job's own repository: nothing in it is shared with other jobs but the mirror's objects, which it reads. */
export interface CheckoutPlan {
  /** Absolute path to make; `<path>.new` and `<path>.deliver` beside it are ours too. */
  path: string;
  mirrorDir: string;
  repo: RepoUrl;
  /** The branch that is checked out, unborn when the base has no commit; null for the base alone, on no branch. */
  branch: string | null;
  base: Base;
  author: { name: string; email: string };
}

/** The address of origin for pushes: git prints it as the error of an agent's `git push`. */
const NO_PUSH = 'agenticore pushes this branch itself when the job has ended';

/**
 * Makes the checkout, whole or not at all; one that exists stays as it is (`reused`), with whatever an agent did in it.
 * The agent sees the repository's branches as origin/…, and an origin that it can fetch from as far as the remote
 * permits.
 */
export async function createCheckout(plan: CheckoutPlan, signal?: AbortSignal): Promise<{ reused: boolean }> {
  if (await exists(plan.path)) return { reused: true };
  const aside = `${plan.path}.new`;
  await removeTree(aside);
  try {
    const { dirty } = await fillCheckout(plan, aside, signal);
    await rename(aside, plan.path);
    if (dirty) await recordBaseline(sealed, plan.path, signal);
    return { reused: false };
  } finally {
    await removeTree(aside);
  }
}

/** Takes what git holds for changed in a checkout that no agent has seen as the state in which the agent begins. */
export async function settleCheckout(path: string, signal: AbortSignal | undefined): Promise<void> {
  if (await isDirty(path, signal)) await recordBaseline(sealed, path, signal);
}

/**
 * Files whose attributes would have another content committed than the repository has (such as CRLF in a blob of a file
 * with `text`) are changed for git although nobody touched them. Seen are those that were written last: for the others
 * git goes by their times.
 */
async function isDirty(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await tryGit(lookForChanges(path), { action: 'read the checkout', signal })).code === 1;
}

const lookForChanges = (path: string): string[] => ['-C', path, 'diff-files', '--quiet'];

/** Runs a command in a checkout that no agent has seen. */
const sealed: RunConfined = ([file = '', ...args], { cwd, ...options }) =>
  run({ file: '/bin/sh', args: ['-c', 'cd "$0" && exec "$@"', cwd, file, ...args], env: sealedEnv(), ...options });

/** Makes the checkout at `aside`, where nothing is yet. Answers whether git holds something in it for changed. */
export async function fillCheckout(
  plan: CheckoutPlan,
  aside: string,
  signal: AbortSignal | undefined,
): Promise<{ dirty: boolean }> {
  const mirror = await realpath(plan.mirrorDir);
  // The only transport is our own mirror on our own disk.
  const local = {
    action: 'make the checkout',
    signal,
    remote: { url: mirror, protocol: 'file', trusted: true } as const,
  };
  // A shallow repository cannot be borrowed from: git copies it.
  const share = (await exists(shallowIn(mirror))) ? '--no-local' : '--shared';
  const flags = [share, '--no-checkout', '--template=', '--origin=origin', '--quiet'];
  const { branch, base } = plan;
  const start =
    base.sha === null
      ? ['symbolic-ref', 'HEAD', `refs/heads/${String(branch)}`]
      : ['checkout', '--quiet', ...(branch === null ? ['--detach'] : ['--no-track', '-B', branch]), base.sha, '--'];
  const made = await gitInTurn(
    [
      ['clone', ...flags, '--end-of-options', mirror, aside],
      // Remote-tracking refs came with the clone; the address of the mirror itself goes.
      ['-C', aside, 'config', '--local', '--remove-section', 'remote.origin'],
      ['-C', aside, ...start],
      ...(base.sha === null ? [] : [lookForChanges(aside)]),
    ],
    local,
  );
  const failed = made.slice(0, 3).find(({ code }) => code !== 0);
  if (failed !== undefined) throw explainRan(failed, local);
  await appendConfig(aside, originOf(plan));
  // Now: objects that the mirror has would be links to them, for the agent to write to.
  if (await hasGitLfs()) await appendConfig(aside, filterConfig(plan.repo));
  return { dirty: made[3]?.code === 1 };
}

function originOf(plan: CheckoutPlan): string {
  const config = [
    '[remote "origin"]',
    `\turl = ${quote(plan.repo.url)}`,
    `\tpushurl = ${quote(NO_PUSH)}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
    '[user]',
    `\tname = ${quote(plan.author.name)}`,
    `\temail = ${quote(plan.author.email)}`,
  ];
  return `${config.join('\n')}\n`;
}

/** Adds to the configuration of a checkout that no agent has seen. */
export const appendConfig = (path: string, text: string): Promise<void> =>
  writeFile(join(path, '.git', 'config'), text, { flag: 'a' });

/** A value as a file of git's configuration has it. */
export const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;

/** Moves a checkout with what was committed in it for delivery. */
export async function moveCheckout(from: string, to: string): Promise<void> {
  if (await exists(deliveryRepository(from))) await rename(deliveryRepository(from), deliveryRepository(to));
  await rename(from, to);
}

/** Removes a checkout and what stands beside it. One that is gone is no error. */
export async function removeCheckout(path: string): Promise<void> {
  for (const each of [path, `${path}.new`, deliveryRepository(path)]) await removeTree(each);
}
