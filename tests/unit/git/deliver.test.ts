import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { pushWork, type WorkToDeliver } from '../../../git/push-work.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { commitFiles, createBareRepo, plainGit } from '../../support/sample-repo.ts';
import { acceptPushes } from '../../support/git-server.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { processesWith } from '../../support/strays.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

/** A checkout with one new commit, ready for delivery. */
async function finishedWork(repo: RepoUrl, job = 'job'): Promise<WorkToDeliver> {
  const checkout = await jobCheckout(world, repo, job);
  const { path } = checkout;
  await writeFile(join(path, 'work.txt'), 'one\ntwo\n');
  return committed(checkout);
}

/** What is left in a checkout, ready for delivery. */
async function committed(checkout: Awaited<ReturnType<typeof jobCheckout>>): Promise<WorkToDeliver> {
  const { path, mirror, base, branch } = checkout;
  const { sha } = await commitOf(checkout, { message: 'work' });
  return {
    checkout: path,
    mirrorDir: mirror.dir,
    branch,
    branchOf: 'job',
    sha: String(sha),
    base: base.sha,
    earlier: [],
    stillHeld: () => true,
  };
}

const tip = (branch = 'agenticore-job'): Promise<string> =>
  plainGit(world.path('origin.git'), 'rev-parse', '--verify', `refs/heads/${branch}`);

describe('the fence', () => {
  test('a branch that is not there is created with exactly the commit, and nothing else changes', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    await plainGit(work.checkout, 'tag', 'agents-tag');
    const before = await plainGit(world.path('origin.git'), 'for-each-ref');
    await expect(pushWork(world.remotes, repo, work)).resolves.toEqual({
      outcome: 'pushed',
      diff: { files: 1, insertions: 2, deletions: 0 },
    });
    expect(await tip()).toBe(work.sha);
    expect(await plainGit(world.path('origin.git'), 'for-each-ref')).toBe(
      `${work.sha} commit\trefs/heads/agenticore-job\n${before}`,
    );
  });

  test('a branch that already has the commit is left, without asking whether the job is still held', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    await pushWork(world.remotes, repo, work);
    await expect(pushWork(world.remotes, repo, { ...work, stillHeld: () => false })).resolves.toMatchObject({
      outcome: 'already_delivered',
    });
  });

  test('a branch to which others have added is left as they left it, also where the checkout is gone', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    const { diff } = await pushWork(world.remotes, repo, work);
    const added = await commitFiles(world.path('origin.git'), work.branch, { 'more.txt': 'more' }, 'by hand');
    await bringMirrorUpToDate(world.remotes, repo);
    await rm(work.checkout, { recursive: true });
    const diffFile = world.path('kept.diff');
    const again = pushWork(world.remotes, repo, { ...work, diffFile, stillHeld: () => false });
    await expect(again).resolves.toEqual({ outcome: 'already_delivered', diff });
    expect(await tip()).toBe(added);
    expect(await readFile(diffFile, 'utf8')).toContain('+++ b/work.txt');
  });

  test('a commit that an earlier attempt of the job pushed is replaced', async () => {
    const repo = await localRepo(world);
    const checkout = await jobCheckout(world, repo);
    await writeFile(join(checkout.path, 'work.txt'), 'one\n');
    const first = await committed(checkout);
    await pushWork(world.remotes, repo, first);
    await plainGit(checkout.path, 'commit', '--amend', '-qm', 'second attempt');
    const second = { ...(await committed(checkout)), earlier: ['f'.repeat(40), first.sha] };
    await expect(pushWork(world.remotes, repo, second)).resolves.toMatchObject({ outcome: 'pushed' });
    expect(await tip()).toBe(second.sha);
  });

  test('a branch with any other commit is a branch_conflict and stays as it is, even if ours would fast-forward it', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    await plainGit(world.path('origin.git'), 'branch', 'agenticore-job', 'main');
    const before = await tip();
    await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({ type: 'branch_conflict' });
    expect(await tip()).toBe(before);
  });

  test('a branch that appears between the look and the push is a branch_conflict', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    const other = await commitFiles(world.path('origin.git'), 'elsewhere', { x: '1' });
    const stillHeld = (): boolean => {
      execFileSync('git', ['update-ref', 'refs/heads/agenticore-job', other], { cwd: world.path('origin.git') });
      return true;
    };
    await expect(pushWork(world.remotes, repo, { ...work, stillHeld })).rejects.toMatchObject({
      type: 'branch_conflict',
    });
    expect(await tip()).toBe(other);
  });

  test('a host that no longer holds the job pushes nothing', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    await expect(pushWork(world.remotes, repo, { ...work, stillHeld: () => false })).rejects.toMatchObject({
      type: 'seat_lost',
    });
    await expect(tip()).rejects.toThrow();
  });

  test('no branch but one of a job is ever pushed', async () => {
    const repo = await localRepo(world);
    const work = await finishedWork(repo);
    for (const branch of ['main', 'refs/heads/main', 'job', 'agenticore-x', 'main:a-job', '--job', '..-job']) {
      await expect(pushWork(world.remotes, repo, { ...work, branch })).rejects.toMatchObject({ type: 'internal' });
    }
  });

  test('an empty repository gets the branch as its first', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const work = await finishedWork(repo);
    await expect(pushWork(world.remotes, repo, work)).resolves.toMatchObject({ outcome: 'pushed', diff: { files: 1 } });
    expect(await tip()).toBe(work.sha);
  });
});

describe('over HTTP', () => {
  async function served(options: { token?: string; protectedBranch?: string } = {}): Promise<RepoUrl> {
    await createBareRepo(world.path('origin.git'));
    await acceptPushes(world.path('origin.git'), options.protectedBranch);
    return world.serve('origin.git', options);
  }

  test('a 5xx at the push may be retried, and the retry delivers', async () => {
    const repo = await served();
    const work = await finishedWork(repo);
    world.server().failPushes(503, 1);
    await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({ type: 'remote_unavailable' });
    await expect(pushWork(world.remotes, repo, work)).resolves.toMatchObject({ outcome: 'pushed' });
    expect(world.server().counts.pushes).toBeGreaterThanOrEqual(1);
  });

  test('a 403 at the push is repo_auth_failed', async () => {
    const repo = await served();
    const work = await finishedWork(repo);
    world.server().failPushes(403, 1);
    await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({
      type: 'repo_auth_failed',
      message: expect.stringContaining('403'),
    });
  });

  test('a protected branch is push_rejected with what the remote said', async () => {
    const repo = await served({ protectedBranch: 'agenticore-job' });
    const work = await finishedWork(repo);
    await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({
      type: 'push_rejected',
      message: expect.stringContaining('protected branch'),
    });
  });

  test('a push needs the token, which the error does not show', async () => {
    const repo = await served({ token: 'canary-push' });
    const good = {
      ...world.remotes,
      credentialsFor: () => Promise.resolve({ username: 'u', password: 'canary-push' }),
    };
    world.remotes = good;
    const work = await finishedWork(repo);
    const bad = { ...good, credentialsFor: () => Promise.resolve({ username: 'u', password: 'canary-wrong' }) };
    await expect(pushWork(bad, repo, work)).rejects.toMatchObject({
      type: 'repo_auth_failed',
      message: expect.not.stringContaining('canary'),
    });
    await expect(pushWork(good, repo, work)).resolves.toMatchObject({ outcome: 'pushed' });
    expect(await readFile(join(work.checkout, '.git', 'config'), 'utf8')).not.toContain('canary');
  });

  test('an abort during the push leaves no process', async () => {
    const repo = await served();
    const work = await finishedWork(repo);
    const { hanging } = world.server().hang();
    const controller = new AbortController();
    const pushing = pushWork(world.remotes, repo, work, controller.signal);
    await hanging;
    controller.abort(new Error('cancelled'));
    await expect(pushing).rejects.toThrow('cancelled');
    expect(processesWith(repo.url)).toEqual([]);
  });
});
