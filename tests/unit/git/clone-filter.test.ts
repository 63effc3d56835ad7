import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { completeTrees } from '../../../git/complete-trees.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { isPartial, partialNote } from '../../../git/partial-mirror.ts';
import { pushWork } from '../../../git/push-work.ts';
import { acceptPushes } from '../../support/git-server.ts';
import { asAgent, commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { commitFiles, createBareRepo, plainGit, runShell } from '../../support/sample-repo.ts';

/** Bytes of one version of the file `big`. */
const BIG = 100_000;

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

const random = (bytes = BIG): string => randomBytes(bytes / 2).toString('hex');

/** A repository whose file `big` has had four versions; gives the last. */
async function withHistory(filters = true): Promise<string> {
  const origin = world.path('origin.git');
  await createBareRepo(origin, { files: null });
  await acceptPushes(origin);
  await plainGit(origin, 'config', 'uploadpack.allowFilter', String(filters));
  const versions = Array.from({ length: 4 }, () => random());
  for (const [index, big] of versions.entries()) await writeFile(world.path(`big-${index}`), big);
  await runShell(
    world.root,
    String.raw`git init -q -b main work && cd work && printf 'read\nme\n' >README.md
    for index in 0 1 2 3; do cp ../big-$index big && git add -A && git commit -qm "version $index"; done
    git push -q ../origin.git main`,
  );
  return versions.at(-1) ?? '';
}

const mirror = (repo: RepoUrl, cloneFilter?: string): ReturnType<typeof bringMirrorUpToDate> =>
  bringMirrorUpToDate({ ...world.remotes, cloneFilter }, repo);

/** How many objects of all history the mirror lacks. */
const missing = async (dir: string): Promise<number> =>
  (await plainGit(dir, 'rev-list', '--objects', '--all', '--quiet', '--missing=print')).split('\n').filter(Boolean)
    .length;

test('a job in a partial clone has its files and nothing older, and commits, delivers and goes on', async () => {
  const last = await withHistory();
  const repo = await world.serve();
  world.remotes.cloneFilter = 'blob:none';
  const checkout = await jobCheckout(world, repo);
  const { path, base, branch } = checkout;
  const { counts } = world.server();
  expect(counts.bytes).toBeLessThan(1.5 * BIG);
  expect(await missing(checkout.mirror.dir)).toBe(3);
  expect(await readFile(join(path, 'big'), 'utf8')).toBe(last);
  expect(await plainGit(path, 'log', '--format=%s')).toBe('version 3\nversion 2\nversion 1\nversion 0');

  // What needs older contents ends by itself and asks nobody.
  expect(await partialNote(checkout.mirror.dir)).toMatch(/`git log -p`.*"unable to read"/);
  const { fetches, listings } = counts;
  const agent = asAgent(path);
  const ran = await agent(['git', 'log', '-p'], { cwd: path, input: '', timeoutMs: 20_000 });
  expect(ran).toMatchObject({ code: 128, stderr: expect.stringContaining('unable to read') });
  expect({ fetches: counts.fetches, listings: counts.listings }).toEqual({ fetches, listings });

  await writeFile(join(path, 'README.md'), 'read\nthis\n');
  await writeFile(join(path, 'big'), `${last}\nmore`);
  await agent(['git', 'commit', '-qam', 'by the agent'], { cwd: path, input: '', timeoutMs: 20_000 });
  await writeFile(join(path, 'new'), 'new\n');
  const { sha, warnings } = await commitOf(checkout);
  expect(warnings).toEqual([]);
  const sent = { branch, branchOf: 'job', sha: String(sha), base: base.sha, earlier: [], stillHeld: () => true };
  const work = { ...sent, checkout: path, mirrorDir: checkout.mirror.dir, diffFile: world.path('diff') };
  const delivered = await pushWork(world.remotes, repo, work);
  expect(delivered).toEqual({ outcome: 'pushed', diff: { files: 3, insertions: 4, deletions: 2 } });
  expect(await readFile(world.path('diff'), 'utf8')).toContain('+this');
  await plainGit(world.path('origin.git'), 'fsck', '--strict');
  expect(await plainGit(world.path('origin.git'), 'show', `${branch}:new`)).toBe('new');

  // Another try, which has only what the remote gives; and a later base.
  await rm(path, { recursive: true });
  await bringMirrorUpToDate(world.remotes, repo);
  await expect(pushWork(world.remotes, repo, work)).resolves.toEqual({ ...delivered, outcome: 'already_delivered' });
  await commitFiles(world.path('origin.git'), 'main', { big: 'small now' });
  expect(await readFile(join((await jobCheckout(world, repo, 'later')).path, 'big'), 'utf8')).toBe('small now');
});

test('the filter is turned on and off for a mirror that is there, and its checkouts stay whole', async () => {
  await withHistory();
  const repo = await world.serve();
  const { dir } = await mirror(repo);
  const first = await commitFiles(world.path('origin.git'), 'main', { other: random() });
  const second = await commitFiles(world.path('origin.git'), 'main', { other: 'small' });
  await mirror(repo, 'blob:none');
  expect([await isPartial(dir), await missing(dir)]).toEqual([true, 2]);
  await completeTrees(world.remotes, repo, [second]);
  expect(await missing(dir)).toBe(1);
  // What is small comes with its commit.
  const small = await commitFiles(world.path('origin.git'), 'main', { other: 'smaller' });
  await mirror(repo, 'blob:limit=1k');
  expect(await plainGit(dir, 'show', `${small}:other`)).toBe('smaller');
  world.remotes.cloneFilter = 'blob:none';
  const { path } = await jobCheckout(world, repo);

  await mirror(repo);
  expect([await isPartial(dir), await partialNote(dir), await missing(dir)]).toEqual([false, '', 0]);
  expect(await plainGit(path, 'show', `${first}:other`)).toHaveLength(BIG);
  await plainGit(dir, 'fsck', '--connectivity-only');
});

test('a partial clone that breaks off goes on as one, and anew where the filter has changed', async () => {
  await withHistory();
  const repo = await world.serve();
  world.server().cutOff(600);
  await expect(mirror(repo, 'blob:none')).rejects.toMatchObject({ type: 'remote_unavailable' });
  world.server().cutOff(undefined);
  const { dir } = await mirror(repo, 'blob:none');
  expect(await plainGit(dir, 'rev-list', '--count', 'main')).toBe('4');
  expect(await missing(dir)).toBe(5);
  await rm(dir, { recursive: true });
  world.server().cutOff(600);
  await expect(mirror(repo, 'blob:none')).rejects.toMatchObject({ type: 'remote_unavailable' });
  world.server().cutOff(undefined);
  expect(await missing((await mirror(repo)).dir)).toBe(0);
});

test('a remote without filters, a shallow one and a local one are worked on as well', async () => {
  const last = await withHistory(false);
  world.remotes.cloneFilter = 'blob:none';
  const served = await world.serve();
  const plain = await jobCheckout(world, served, 'plain');
  expect(await missing(plain.mirror.dir)).toBe(0);
  expect(await readFile(join(plain.path, 'big'), 'utf8')).toBe(last);

  await plainGit(world.root, 'clone', '--bare', '-q', '--depth=2', `file://${world.path('origin.git')}`, 'shallow.git');
  await plainGit(world.path('shallow.git'), 'config', 'uploadpack.allowFilter', 'true');
  const shallow = await jobCheckout(world, await world.serve('shallow.git'), 'shallow');
  expect(await isPartial(shallow.mirror.dir)).toBe(false);
  expect(await plainGit(shallow.path, 'log', '-p', '--format=%s', '--', 'big')).toContain('version');
  await jobCheckout(world, await world.serve('shallow.git'), 'again');

  const local = await localRepo(world, 'local.git', { files: { big: last } });
  await plainGit(world.path('local.git'), 'config', 'uploadpack.allowFilter', 'true');
  const here = await jobCheckout(world, local, 'local');
  expect([await isPartial(here.mirror.dir), await readFile(join(here.path, 'big'), 'utf8')]).toEqual([true, last]);
});
