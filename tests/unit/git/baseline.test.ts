import { appendFile, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { baselinePatterns, recordBaseline, showChangedSince } from '../../../git/baseline.ts';
import { restoreCommit } from '../../../git/restore.ts';
import { commitFiles, plainGit } from '../../support/sample-repo.ts';
import { asAgent, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';

let world: GitWorld;
let path: string;

const FILES = { 'lock.json': '{}\n', 'old.txt': 'old\n', 'src/a.js': 'a\n', '.gitignore': 'dist/\n' };

beforeEach(async () => {
  world = await gitWorld();
  const repo = await localRepo(world);
  await commitFiles(world.path('origin.git'), 'main', FILES);
  ({ path } = await jobCheckout(world, repo));
  // What a setup does.
  for (const folder of ['node_modules/x', 'dist']) await mkdir(join(path, folder), { recursive: true });
  const left = { 'node_modules/x/index.js': 'x', 'dist/out.js': 'o', '.env [1]': 'KEY=1', 'src/made.js': 'made' };
  for (const [name, text] of Object.entries(left)) await writeFile(join(path, name), text);
  await appendFile(join(path, 'lock.json'), '{"by": "setup"}\n');
  await rm(join(path, 'old.txt'));
  await recordBaseline(asAgent(path), path);
});
afterEach(() => world.dispose());

/** What a commit of everything changes. */
async function committed(): Promise<string[]> {
  await showChangedSince(asAgent(path), path);
  await plainGit(path, 'add', '--all');
  await plainGit(path, 'commit', '--quiet', '--allow-empty', '--message', 'work');
  const names = await plainGit(path, 'diff', '--name-only', 'HEAD~1', 'HEAD');
  return names === '' ? [] : names.split('\n').sort();
}

test('what setup left is there and is no change', async () => {
  expect(await plainGit(path, 'status', '--porcelain')).toBe('');
  expect(await committed()).toEqual([]);
  expect(await readFile(join(path, 'lock.json'), 'utf8')).toContain('setup');
  expect(await baselinePatterns(path)).toBe('/.env\\ \\[1\\]\n/node_modules/\n/src/made.js\n');
});

test('what the agent changes is a change, also in a tracked file that setup had changed or deleted', async () => {
  await writeFile(join(path, 'src/b.js'), 'b');
  await writeFile(join(path, 'src/a.js'), 'changed');
  await appendFile(join(path, 'lock.json'), '{"by": "agent"}\n');
  await writeFile(join(path, 'old.txt'), 'new\n');
  expect(await committed()).toEqual(['lock.json', 'old.txt', 'src/a.js', 'src/b.js']);
});

test('what the agent writes among what setup left is told', async () => {
  expect(await showChangedSince(asAgent(path), path)).toEqual([]);
  const later = new Date(Date.now() + 2_000);
  for (const name of ['node_modules/x/more.js', '.env [1]']) {
    await writeFile(join(path, name), 'agent');
    await utimes(join(path, name), later, later);
  }
  expect((await showChangedSince(asAgent(path), path)).sort()).toEqual(['.env [1]', 'node_modules/x/more.js']);
});

test('a setup that runs again in the same checkout forgets nothing of the one before', async () => {
  await writeFile(join(path, 'more.txt'), 'more');
  await recordBaseline(asAgent(path), path);
  expect(await baselinePatterns(path)).toBe('/.env\\ \\[1\\]\n/node_modules/\n/src/made.js\n/more.txt\n');
  await appendFile(join(path, 'lock.json'), '{"by": "agent"}\n');
  expect(await committed()).toEqual(['lock.json']);
});

test('what a command wrote after the commit is removed again and told, and what setup left stays', async () => {
  await writeFile(join(path, 'src/b.js'), 'b');
  await committed();
  const sha = await plainGit(path, 'rev-parse', 'HEAD');
  await writeFile(join(path, 'report.xml'), 'r');
  await writeFile(join(path, 'src/b.js'), 'formatted');
  await writeFile(join(path, 'node_modules/.cache'), 'c');
  const written = await restoreCommit(asAgent(path), { path, sha });
  expect(written.sort()).toEqual(['report.xml', 'src/b.js']);
  expect(await readFile(join(path, 'src/b.js'), 'utf8')).toBe('b');
  expect(await readFile(join(path, 'node_modules/x/index.js'), 'utf8')).toBe('x');
  expect(await readFile(join(path, '.env [1]'), 'utf8')).toBe('KEY=1');
  expect(await committed()).toEqual([]);
});
