import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { progressReader, withoutProgress } from '../../../git/fetch-progress.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { gitWorld, type GitWorld } from '../../support/git-world.ts';
import { commitFiles, createBareRepo, plainGit } from '../../support/sample-repo.ts';

let world: GitWorld;
let repo: RepoUrl;
beforeEach(async () => {
  world = await gitWorld();
  repo = await world.serve();
});
afterEach(() => world.dispose());

test('a clone that breaks off goes on where it was, and ends whole', async () => {
  await createBareRepo(world.path('origin.git'));
  for (let index = 0; index < 12; index++)
    await commitFiles(world.path('origin.git'), 'main', { big: randomBytes(50_000).toString('hex') });
  const update = (): ReturnType<typeof bringMirrorUpToDate> => bringMirrorUpToDate(world.remotes, repo);
  for (const room of [300_000, 400_000]) {
    world.server().cutOff(room);
    await expect(update()).rejects.toMatchObject({ type: 'remote_unavailable' });
  }
  world.server().cutOff(undefined);
  const before = world.server().counts.bytes;
  const { dir } = await update();
  expect(world.server().counts.bytes - before).toBeLessThan(550_000);
  expect(await plainGit(dir, 'rev-list', '--count', 'main')).toBe('13');
  expect(await plainGit(dir, 'rev-parse', '--is-shallow-repository')).toBe('false');
  await plainGit(dir, 'fsck', '--connectivity-only');
});

test('a clone may take longer than a remote may be silent', async () => {
  const files = Array.from({ length: 600 }, (_, index) => [`f${index}`, randomBytes(500).toString('hex')]);
  await createBareRepo(world.path('origin.git'), { files: Object.fromEntries(files) as Record<string, string> });
  world.server().slow(2_500);
  const remotes = { ...world.remotes, timeoutMs: 1_500 };
  await expect(bringMirrorUpToDate(remotes, repo)).resolves.toMatchObject({ defaultBranch: 'main' });
});

test('a fetch tells its progress in words, which no error quotes', () => {
  const heard: string[] = [];
  const read = progressReader((text) => heard.push(text), 0);
  const said =
    'remote: Counting objects: 100% (9/9), done.\nReceiving objects:  42% (420/1000), 12.50 MiB | 3.10 MiB/s\r';
  read(`${said}Receiving objects:  43`);
  expect(heard).toEqual(['receiving objects: 42 %, 12.50 MiB']);
  expect(withoutProgress(`${said}fatal: early EOF\n`)).toBe('fatal: early EOF\n');
});
