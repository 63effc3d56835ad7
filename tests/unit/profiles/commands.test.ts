import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeProblem } from '../../../contract/shared/file-problem.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import type { Profiles } from '../../../profiles/profile.ts';
import { readOnly } from '../../../profiles/override.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

const load = (files: Record<string, string>): Promise<Profiles> => {
  folder.write(files);
  return loadProfiles([folder.root]);
};

test('a profile has no commands unless it says so', async () => {
  const found = await load({ 'x.yml': 'name: x\n' });
  expect(resolveProfile(found, 'x')).toMatchObject({ setup: null, verify: null });
});

test('a profile inherits each field of setup and verify by itself, and can turn the commands off', async () => {
  const found = await load({
    'parent.yml': 'setup: {run: [a], timeout: 5, cache: {key: [./lock], paths: [deps/]}}\nverify: [b, c]\n',
    'child.yml': 'extends: parent\nsetup: [d]\nverify: {max_fixes: 0, on_failure: deliver}\n',
    'none.yml': 'extends: parent\nsetup: []\nverify: {run: []}\n',
  });
  expect(found.problems).toEqual([]);
  expect(resolveProfile(found, 'child')).toMatchObject({
    setup: { run: ['d'], timeout_s: 5, cache: { key: ['lock'], paths: ['deps'] } },
    verify: { run: ['b', 'c'], timeout_s: 1_800, max_fixes: 0, on_failure: 'deliver' },
  });
  expect(resolveProfile(found, 'none')).toMatchObject({ setup: null, verify: null });
  expect(readOnly(resolveProfile(found, 'parent'))).toMatchObject({ setup: null, verify: null });
});

const OUTSIDE = 'must be a path in the worktree: relative, without .. and .git, and no pattern';
const withPath = (path: string): string => `setup:\n  run: [a]\n  cache:\n    key: [lock]\n    paths: ['${path}']\n`;

test.each<[what: string, content: string, said: string]>([
  ['an absolute path', withPath('/etc'), `x.yml:5: setup.cache.paths.0 ${OUTSIDE}`],
  ['a path that leads out', withPath('a/../../b'), `x.yml:5: setup.cache.paths.0 ${OUTSIDE}`],
  ['the worktree itself', withPath('./'), `x.yml:5: setup.cache.paths.0 ${OUTSIDE}`],
  ["git's own folder", withPath('.git/objects'), `x.yml:5: setup.cache.paths.0 ${OUTSIDE}`],
  ['a pattern', withPath('**/node_modules'), `x.yml:5: setup.cache.paths.0 ${OUTSIDE}`],
  ['an empty command', 'verify:\n  run:\n    - "  "\n', 'x.yml:3: verify.run.0 must be a shell command'],
  ['no commands', 'verify:\n  max_fixes: 1\n', 'verify.run must list the commands to run'],
  ['an unknown field', 'verify:\n  runs: [a]\n', 'x.yml:2: verify.runs is not a field of a profile'],
  ['another end', 'verify:\n  run: [a]\n  on_failure: ignore\n', 'x.yml:3: verify.on_failure Invalid option'],
  ['text in place of a list', 'setup: npm ci\n', 'x.yml:1: setup Invalid input'],
])('%s is a mistake', async (_what, content, said) => {
  const { profiles, problems } = await load({ 'x.yml': content });
  expect(profiles).toEqual([]);
  expect(problems.map((problem) => describeProblem(problem).replace(`${folder.root}/`, '')).join('\n')).toContain(said);
});
