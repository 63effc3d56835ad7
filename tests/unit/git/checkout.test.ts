import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createCheckout, removeCheckout } from '../../../git/checkout.ts';
import { exists } from '../../../processes/path-exists.ts';
import { commitFiles, plainGit } from '../../support/sample-repo.ts';
import { gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

test('a checkout is on its job branch at the base, clean, with an author and the other branches in sight', async () => {
  const repo = await localRepo(world, 'origin.git', { branch: 'master' });
  await commitFiles(world.path('origin.git'), 'topic', { topic: '1' });
  const { path, base } = await jobCheckout(world, repo);
  expect(await plainGit(path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/agenticore-job');
  expect(await plainGit(path, 'rev-parse', 'HEAD')).toBe(base.sha);
  expect(await plainGit(path, 'status', '--porcelain')).toBe('');
  expect(await plainGit(path, 'rev-parse', '--verify', 'origin/topic')).toMatch(/^[0-9a-f]{40}$/);
  expect(await plainGit(path, 'config', 'user.email')).toBe('agent@example.invalid');
});

test('nothing in a checkout names the mirror as a remote, and a push from it goes nowhere', async () => {
  const repo = await localRepo(world);
  const { path, mirror } = await jobCheckout(world, repo);
  expect(await readFile(join(path, '.git', 'config'), 'utf8')).not.toContain(mirror.dir);
  expect(await plainGit(path, 'remote', 'get-url', 'origin')).toBe(repo.url);
  await expect(plainGit(path, 'push', 'origin', 'HEAD')).rejects.toThrow('agenticore pushes this branch itself');
  await expect(plainGit(path, 'fetch', 'origin')).resolves.toBe('');
});

test('a second creation keeps the work that is there', async () => {
  const repo = await localRepo(world);
  const { path, mirror, base, branch } = await jobCheckout(world, repo);
  await writeFile(join(path, 'work.txt'), 'half done');
  const again = await createCheckout({
    path,
    mirrorDir: mirror.dir,
    repo,
    branch,
    base,
    author: { name: 'A', email: 'a@b' },
  });
  expect(again).toEqual({ reused: true });
  expect(await readFile(join(path, 'work.txt'), 'utf8')).toBe('half done');
});

test('what a creation that was killed left behind does not stop the next one', async () => {
  const repo = await localRepo(world);
  await mkdir(world.path('job.new', '.git'), { recursive: true });
  const { path } = await jobCheckout(world, repo);
  expect(await exists(join(path, 'README.md'))).toBe(true);
  expect(await exists(`${path}.new`)).toBe(false);
});

test('20 checkouts of one repository at once are 20 repositories', async () => {
  const repo = await localRepo(world);
  const made = await Promise.all(Array.from({ length: 20 }, (_, index) => jobCheckout(world, repo, `job${index}`)));
  const branches = await Promise.all(made.map(({ path }) => plainGit(path, 'symbolic-ref', '--short', 'HEAD')));
  expect(new Set(branches).size).toBe(20);
});

test('a creation that fails leaves no checkout', async () => {
  const repo = await localRepo(world);
  const { mirror, branch } = await jobCheckout(world, repo);
  const plan = {
    path: world.path('other'),
    mirrorDir: mirror.dir,
    repo,
    branch,
    base: { ref: 'x', sha: 'f'.repeat(40) },
    author: { name: 'A', email: 'a@b' },
  };
  await expect(createCheckout(plan)).rejects.toThrow('make the checkout');
  expect([await exists(plan.path), await exists(`${plan.path}.new`)]).toEqual([false, false]);
});

test('removal takes read-only folders along, follows no link, and may be repeated', async () => {
  const repo = await localRepo(world);
  const { path } = await jobCheckout(world, repo);
  await mkdir(world.path('outside'));
  await writeFile(world.path('outside', 'kept'), '1');
  await mkdir(join(path, 'locked', 'deep'), { recursive: true });
  await symlink(world.path('outside'), join(path, 'link'));
  await chmod(join(path, 'locked', 'deep'), 0o500);
  await chmod(join(path, 'locked'), 0o500);
  await removeCheckout(path);
  await removeCheckout(path);
  expect(await exists(path)).toBe(false);
  expect(await exists(world.path('outside', 'kept'))).toBe(true);
});
