import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { resolveBase } from '../../../git/base.ts';
import { withLock } from '../../../processes/file-lock.ts';
import { branchTip, mirrorDir, bringMirrorUpToDate } from '../../../git/mirror.ts';
import { commitFiles, createBareRepo, plainGit } from '../../support/sample-repo.ts';
import { startGitServer } from '../../support/git-server.ts';
import { gitWorld, localRepo, type GitWorld } from '../../support/git-world.ts';
import { processesWith } from '../../support/strays.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

async function served(name = 'origin.git', token?: string): Promise<RepoUrl> {
  await createBareRepo(world.path(name));
  return world.serve(name, { token });
}

test('a branch foo that became foo/bar on the remote does not break the mirror, nor back again', async () => {
  const repo = await localRepo(world);
  const origin = world.path('origin.git');
  await plainGit(origin, 'branch', 'foo', 'main');
  await bringMirrorUpToDate(world.remotes, repo);
  await plainGit(origin, 'branch', '-D', 'foo');
  await plainGit(origin, 'branch', 'foo/bar', 'main');
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  await expect(resolveBase(mirror, 'foo/bar')).resolves.toMatchObject({ ref: 'foo/bar' });
  await expect(resolveBase(mirror, 'foo')).rejects.toMatchObject({ type: 'ref_not_found' });
  await plainGit(origin, 'branch', '-D', 'foo/bar');
  await plainGit(origin, 'branch', 'foo', 'main');
  await expect(resolveBase(await bringMirrorUpToDate(world.remotes, repo), 'foo')).resolves.toMatchObject({
    ref: 'foo',
  });
});

test('commits stay in the mirror when the remote rewrites its branch', async () => {
  const repo = await localRepo(world);
  const old = await commitFiles(world.path('origin.git'), 'main', { a: '1' });
  await bringMirrorUpToDate(world.remotes, repo);
  await plainGit(world.path('origin.git'), 'update-ref', 'refs/heads/main', `${old}^`);
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  expect((await resolveBase(mirror)).sha).not.toBe(old);
  expect((await resolveBase(mirror, old)).sha).toBe(old);
});

test('the tip of a branch is what the remote had at the last update; a tag of the same name is none', async () => {
  const repo = await localRepo(world);
  const sha = await commitFiles(world.path('origin.git'), 'topic', { a: '1' });
  await plainGit(world.path('origin.git'), 'tag', 'only-a-tag', sha);
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  expect(mirror.dir).toBe(mirrorDir(world.remotes.reposRoot, repo));
  expect(branchTip(mirror, 'topic')).toBe(sha);
  expect(branchTip(mirror, 'only-a-tag')).toBeNull();
});

test('20 updates of one repository at once cost two fetches, and all see the commit of before the asking', async () => {
  const repo = await served();
  await bringMirrorUpToDate(world.remotes, repo);
  const before = world.server().counts.listings;
  const one = bringMirrorUpToDate(world.remotes, repo);
  await new Promise((resolve) => setImmediate(resolve));
  const sha = await commitFiles(world.path('origin.git'), 'main', { late: '1' });
  const others = await Promise.all(Array.from({ length: 19 }, () => bringMirrorUpToDate(world.remotes, repo)));
  await one;
  // Each round lists twice: for the default branch and for the fetch.
  expect(world.server().counts.listings - before).toBeLessThanOrEqual(4);
  for (const mirror of others) expect((await resolveBase(mirror)).sha).toBe(sha);
});

test('first updates at once, half of them in another process, make one whole mirror', async () => {
  const repo = await localRepo(world);
  const other = startOther();
  other.send({ remotes: { reposRoot: world.remotes.reposRoot }, repo, times: 10 });
  const [mirrors, [message]] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => bringMirrorUpToDate(world.remotes, repo))),
    once(other, 'message') as Promise<[{ done: number }]>,
  ]);
  expect(message).toEqual({ done: 10 });
  expect(new Set(mirrors.map((mirror) => mirror.dir)).size).toBe(1);
  expect((await resolveBase(mirrors[0]!)).sha).toMatch(/^[0-9a-f]{40}$/);
  other.disconnect();
  await once(other, 'exit');
});

test('a process that is killed -9 in the middle of a fetch leaves neither its git nor its lock', async () => {
  const repo = await served();
  await plainGit(world.path('origin.git'), 'branch', 'ab/tmp_branch', 'main');
  const dir = (await bringMirrorUpToDate(world.remotes, repo)).dir;
  const { hanging, resume } = world.server().hang();
  const other = startOther();
  other.send({ remotes: { reposRoot: world.remotes.reposRoot }, repo, times: 1 });
  await hanging;
  expect(processesWith(repo.url)).not.toEqual([]);
  // What a git that died in the act leaves behind.
  for (const name of [
    'packed-refs.lock',
    'config.lock',
    'HEAD.lock',
    'refs/heads/main.lock',
    'refs/heads/ab/tmp_branch.lock',
    'objects/pack/tmp_pack_x',
  ])
    await writeFile(`${dir}/${name}`, '');
  other.kill('SIGKILL');
  await once(other, 'exit');
  await withLock(`${world.remotes.reposRoot}/${repo.key}/lock`, () => Promise.resolve(), {
    signal: AbortSignal.timeout(2_000),
  });
  expect(processesWith(repo.url)).toEqual([]);
  resume();
  const sha = await commitFiles(world.path('origin.git'), 'main', { a: '2' });
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  expect((await resolveBase(mirror)).sha).toBe(sha);
  await expect(resolveBase(mirror, 'ab/tmp_branch')).resolves.toMatchObject({ ref: 'ab/tmp_branch' });
  const left = await readdir(dir, { recursive: true });
  expect(left.filter((name) => name.endsWith('.lock') || name.includes('tmp_pack'))).toEqual([]);
});

test('a first fetch that fails is not taken for a mirror and leaves no files', async () => {
  const repo = await localRepo(world);
  const home = `${world.remotes.reposRoot}/${repo.key}`;
  await mkdir(`${home}/new.git/objects`, { recursive: true });
  await rm(world.path('origin.git'), { recursive: true });
  await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({ type: 'repo_not_found' });
  expect(await readdir(home)).toEqual(['lock']);
  await localRepo(world);
  await expect(bringMirrorUpToDate(world.remotes, repo)).resolves.toMatchObject({ defaultBranch: 'main' });
});

test('an abort ends the git that hangs on its remote, and all its children, before it rejects', async () => {
  const repo = await served();
  const { hanging } = world.server().hang();
  const controller = new AbortController();
  const update = bringMirrorUpToDate(world.remotes, repo, controller.signal);
  await hanging;
  expect(processesWith(repo.url)).not.toEqual([]);
  controller.abort(new Error('stop'));
  await expect(update).rejects.toThrow('stop');
  expect(processesWith(repo.url)).toEqual([]);
});

test('one who leaves a shared update does not end it for the others', async () => {
  const repo = await served();
  const controller = new AbortController();
  const leaving = bringMirrorUpToDate(world.remotes, repo, controller.signal);
  const staying = bringMirrorUpToDate(world.remotes, repo);
  controller.abort(new Error('stop'));
  await expect(leaving).rejects.toThrow('stop');
  await expect(staying).resolves.toMatchObject({ defaultBranch: 'main' });
});

test('a remote that never answers is remote_unavailable when the time is over, and no process is left', async () => {
  const repo = await served();
  world.server().hang();
  await expect(bringMirrorUpToDate({ ...world.remotes, timeoutMs: 300 }, repo)).rejects.toMatchObject({
    type: 'remote_unavailable',
  });
  expect(processesWith(repo.url)).toEqual([]);
});

describe('what a remote answers becomes a failure that says what to do', () => {
  test.each([
    [401, 'repo_auth_failed'],
    [403, 'repo_auth_failed'],
    [404, 'repo_not_found'],
    [429, 'remote_unavailable'],
    [500, 'remote_unavailable'],
    [503, 'remote_unavailable'],
  ])('HTTP %d is %s', async (status, type) => {
    const repo = await served();
    world.server().answer(status, { 'www-authenticate': 'Basic realm="git"' });
    await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({ type });
  });

  test('a redirect is not followed', async () => {
    const repo = await served();
    const elsewhere = await startGitServer(world.root);
    world.server().answer(302, { location: `${elsewhere.url('origin.git')}/info/refs?service=git-upload-pack` });
    await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({
      type: 'repo_not_found',
      message: expect.stringContaining('redirect'),
    });
    expect(elsewhere.counts.listings).toBe(0);
    await elsewhere.close();
  });

  test('a closed port is remote_unavailable', async () => {
    const repo = await served();
    await world.stopServer();
    await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({ type: 'remote_unavailable' });
  });

  test('a folder that is no repository is repo_not_found', async () => {
    const repo = await localRepo(world);
    await rm(world.path('origin.git', 'objects'), { recursive: true });
    await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({ type: 'repo_not_found' });
  });
});

test('a token opens the repository and stands in no argument list, no file and no error', async () => {
  const token = 'canary-7f3a9c';
  const repo = await served('origin.git', token);
  const withToken = (password: string): typeof world.remotes => ({
    ...world.remotes,
    credentialsFor: () => Promise.resolve({ username: 'x-access-token', password }),
  });
  await expect(bringMirrorUpToDate(withToken(token), repo)).resolves.toMatchObject({ defaultBranch: 'main' });
  await expect(plainGit(world.remotes.reposRoot, 'grep', '--no-index', '-I', token)).rejects.toThrow();
  await expect(bringMirrorUpToDate(withToken('wrong-canary'), repo)).rejects.toMatchObject({
    type: 'repo_auth_failed',
    message: expect.not.stringContaining('canary'),
  });
  const { hanging } = world.server().hang();
  const controller = new AbortController();
  const update = bringMirrorUpToDate(withToken(token), repo, controller.signal);
  await hanging;
  expect(processesWith(repo.url)).not.toEqual([]);
  expect(processesWith(token)).toEqual([]);
  controller.abort(new Error('seen enough'));
  await expect(update).rejects.toThrow('seen enough');
});

function startOther(): ReturnType<typeof fork> {
  return fork(new URL('../../support/update-mirrors.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
