import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSpec } from '../../../api/spec.ts';
import { loadConfig } from '../../../config.ts';
import type { JobRequest } from '../../../contract/job.ts';
import type { JobSpec } from '../../../contract/steps.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let data: ProfileFolder;
beforeEach(() => {
  data = createProfileFolder();
});
afterEach(() => data.remove());

const specOf = (request: JobRequest, configYml = ''): Promise<JobSpec> => {
  data.write({ 'config.yml': configYml });
  return createSpec(loadConfig({ AGENTICORE_DATA_DIR: data.root }))(request);
};
const routes = 'routes:\n  - {words: [gone], profile: nobody}\n  - {repo: github.com/acme/*, profile: review}\n';

test('a job that names no profile gets that of the rule that fits, and says which', async () => {
  const request = { task: 'fix it', repo_url: 'git@github.com:acme/app.git' };
  await expect(specOf(request, routes)).resolves.toMatchObject({
    profile: 'review',
    profile_reason: 'rule 2: repo github.com/acme/*',
  });
  await expect(specOf({ ...request, profile: 'code' }, routes)).resolves.toMatchObject({
    profile: 'code',
    profile_reason: 'explicit',
  });
  await expect(specOf({ task: 'fix it' }, routes)).resolves.toMatchObject({
    profile: 'code',
    profile_reason: 'default',
  });
});

test('a profile that is none is told with the rule that names it, which the caller cannot correct', () =>
  expect(specOf({ task: 'gone' }, routes)).rejects.toMatchObject({
    type: 'profile_not_found',
    message: expect.stringMatching(/There is no profile "nobody"\. .*rule 1: word "gone" in config\.yml\.$/),
  }));

test('a profile that the caller names and that is none is the caller`s mistake', () =>
  expect(specOf({ task: 'x', profile: 'nobody' })).rejects.toMatchObject({ type: 'profile_not_found' }));

test('profile auto is refused for now, with what to do instead', () =>
  expect(specOf({ task: 'x', profile: 'auto' })).rejects.toMatchObject({
    type: 'invalid_request',
    message: expect.stringContaining('not built yet'),
  }));

test.each([
  ['routes: yes\n', 'config.yml:1: routes '],
  ['routes:\n  - {repo: a, profile: x}\n  - words: none\n    profile: x\n', 'config.yml:3: rule 2 of routes: words '],
  ['routes:\n  - {profile: x}\n', 'config.yml:2: rule 1 of routes: must say repo or words'],
  ['routes:\n  - repo: a\n    profil: x\n', 'config.yml:3: rule 1 of routes: profil is not a field of a route'],
])('wrong routes %j stop the start, by file and line', async (yaml, words) => {
  await expect(async () => specOf({ task: 'x' }, yaml)).rejects.toThrow(words);
});
