import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseRepoUrl, type RepoUrl } from '../../../contract/http/repo-url.ts';
import { resolveBase } from '../../../git/base.ts';
import { isInitialCommit } from '../../../git/initial-commit.ts';
import { leftOut } from '../../../git/left-out.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { pushWork, type WorkToDeliver } from '../../../git/push-work.ts';
import { acceptPushes } from '../../support/git-server.ts';
import { deliveryRepository } from '../../../git/delivery-repository.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { commitFiles, createBareRepo, plainGit } from '../../support/sample-repo.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

const local = (name: string): RepoUrl => parseRepoUrl(world.path(name), { allowLocal: true, allowedHosts: [] });

async function served(name: string): Promise<RepoUrl> {
  await acceptPushes(world.path(name));
  return world.serve(name);
}

/** The work of an agent that committed one file, as it is delivered. */
async function workOn(repo: RepoUrl, job = 'job', on = world): Promise<WorkToDeliver> {
  const checkout = await jobCheckout(on, repo, job);
  const { path, mirror, base, branch } = checkout;
  await writeFile(join(path, `${job}.txt`), 'one\ntwo\n');
  await plainGit(path, 'add', '--all');
  await plainGit(path, 'commit', '-qm', 'work');
  const { sha } = await commitOf(checkout);
  return {
    checkout: path,
    mirrorDir: mirror.dir,
    branch,
    branchOf: job,
    sha: String(sha),
    base: base.sha,
    first: isInitialCommit(base) ? base.ref : undefined,
    earlier: [],
    stillHeld: () => true,
  };
}

const logOf = async (name: string, branch: string): Promise<string[]> =>
  (await plainGit(world.path(name), 'log', '--format=%s', branch)).split('\n');

describe('a shallow repository', () => {
  /** A clone with the last commit alone, such as a CI job has. */
  async function shallowClone(...flags: string[]): Promise<void> {
    await createBareRepo(world.path('whole.git'));
    await commitFiles(world.path('whole.git'), 'main', { a: '1' }, 'second');
    await plainGit(world.root, 'clone', '-q', '--depth=1', ...flags, `file://${world.path('whole.git')}`, 'shallow');
  }

  test.each(['on this disk', 'over http'])('%s is worked on with the history that it has', async (where) => {
    await shallowClone('--bare');
    const repo = where === 'over http' ? await served('shallow') : local('shallow');
    const work = await workOn(repo);
    expect(await leftOut(work.checkout)).toEqual([expect.stringContaining('shallow')]);
    await expect(pushWork(world.remotes, repo, work)).resolves.toEqual({
      outcome: 'pushed',
      diff: { files: 1, insertions: 2, deletions: 0 },
    });
    expect(await logOf('shallow', work.branch)).toEqual(['work', 'second']);
    await plainGit(world.path('shallow'), 'push', '-q', 'origin', work.branch);
    expect(await logOf('whole.git', work.branch)).toEqual(['work', 'second', 'first commit']);
  });

  test('that has grown since is followed', async () => {
    await shallowClone();
    await workOn(local('shallow'), 'before');
    await plainGit(world.path('shallow'), 'commit', '-q', '--allow-empty', '-m', 'third');
    await plainGit(world.path('shallow'), 'fetch', '-q', '--unshallow');
    const work = await workOn(local('shallow'));
    await pushWork(world.remotes, local('shallow'), work);
    expect(await logOf('shallow', work.branch)).toEqual(['work', 'third', 'second', 'first commit']);
  });

  test('whose HEAD is on no branch is refused, and never taken for empty', async () => {
    await shallowClone();
    await plainGit(world.path('shallow'), 'checkout', '-q', '--detach');
    await plainGit(world.path('shallow'), 'branch', '-qD', 'main');
    await expect(bringMirrorUpToDate(world.remotes, local('shallow'))).rejects.toMatchObject({
      type: 'repo_incomplete',
      message: expect.stringContaining('no branch'),
    });
  });
});

test('what a checkout lacks of the history that its mirror has is taken from the mirror', async () => {
  const repo = await localRepo(world);
  await commitFiles(world.path('origin.git'), 'main', { a: '1' });
  const checkout = await jobCheckout(world, repo);
  await writeFile(join(checkout.path, 'b'), '1');
  await plainGit(checkout.path, 'add', '--all');
  await plainGit(checkout.path, 'commit', '-qm', 'work');
  await writeFile(join(checkout.path, '.git', 'shallow'), `${await plainGit(checkout.path, 'rev-parse', 'HEAD')}\n`);
  const { sha } = await commitOf(checkout);
  const history = await plainGit(deliveryRepository(checkout.path), 'log', '--format=%s', String(sha));
  expect(history).toBe('leftovers\nchange\nfirst commit');
});

describe('a repository with SHA-256 objects', () => {
  test.each(['empty', 'with a commit'])('%s is worked on', async (state) => {
    await plainGit(world.root, 'init', '-q', '-b', 'main', '--object-format=sha256', 'begun');
    if (state !== 'empty') await plainGit(world.path('begun'), 'commit', '-q', '--allow-empty', '-m', 'first');
    await plainGit(world.root, 'init', '-q', '--bare', '-b', 'main', '--object-format=sha256', 'origin.git');
    if (state !== 'empty') await plainGit(world.path('begun'), 'push', '-q', world.path('origin.git'), 'main');
    const repo = await served('origin.git');
    const work = await workOn(repo);
    expect(work.sha).toMatch(/^[0-9a-f]{64}$/);
    await expect(pushWork(world.remotes, repo, work)).resolves.toMatchObject({ outcome: 'pushed', diff: { files: 1 } });
    await expect(pushWork(world.remotes, repo, work)).resolves.toMatchObject({ outcome: 'already_delivered' });
    expect(await plainGit(world.path('origin.git'), 'rev-parse', work.branch)).toBe(work.sha);
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    expect(await resolveBase(mirror, work.sha)).toEqual({ ref: work.sha, sha: work.sha });
  });
});

describe('an empty repository', () => {
  test.each(['main', 'trunk'])('gets %s, which its HEAD names, before the branch of a job', async (branch) => {
    await createBareRepo(world.path('origin.git'), { branch, files: null });
    const repo = await served('origin.git');
    const work = await workOn(repo);
    expect(await plainGit(world.path('origin.git'), 'for-each-ref')).toBe('');
    await pushWork(world.remotes, repo, work);
    expect(await logOf('origin.git', branch)).toEqual(['Initial commit']);
    expect(await logOf('origin.git', work.branch)).toEqual(['work', 'Initial commit']);
    expect(await plainGit(world.path('origin.git'), 'ls-tree', branch)).toBe('');
  });

  test('is the base of jobs at once, also on hosts with different mirrors', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const here = await workOn(repo, 'here');
    const elsewhere = { ...world.remotes, reposRoot: world.path('other-repos') };
    const there = await workOn(repo, 'there', { ...world, remotes: elsewhere });
    expect(here.base).toBe(there.base);
    await Promise.all([here, there].map((work) => pushWork(world.remotes, repo, work)));
    for (const { branch } of [here, there])
      expect(await logOf('origin.git', branch)).toEqual(['work', 'Initial commit']);
  });

  test('that got commits meanwhile keeps them, and the work has its branch', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const work = await workOn(repo);
    const sha = await commitFiles(world.path('origin.git'), 'main', { theirs: '1' }, 'theirs');
    await pushWork(world.remotes, repo, work);
    expect(await plainGit(world.path('origin.git'), 'rev-parse', 'main')).toBe(sha);
    expect(await plainGit(world.path('origin.git'), 'rev-parse', work.branch)).toBe(work.sha);
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    expect(await resolveBase(mirror)).toEqual({ ref: 'main', sha });
    expect(await readFile(join(mirror.dir, 'HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
  });

  test('gets no branch from a host that no longer holds the job', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const work = await workOn(repo);
    const lost = pushWork(world.remotes, repo, { ...work, stillHeld: () => false });
    await expect(lost).rejects.toMatchObject({ type: 'seat_lost' });
    expect(await plainGit(world.path('origin.git'), 'for-each-ref')).toBe('');
  });
});
