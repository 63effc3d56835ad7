import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { resolveRequest } from '../../../api/jobs/resolve-request.ts';
import { loadConfig } from '../../../config/index.ts';
import type { JobRequest } from '../../../contract/http/job-request.ts';
import type { JobSpec } from '../../../contract/workflow/job-spec.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

// Nothing listens there: without a session and a worktree nothing is asked of Temporal.
const connection = Connection.lazy({ address: '127.0.0.1:1' });
const client = new Client({ connection });
afterAll(() => connection.close());

let data: ProfileFolder;
beforeEach(() => {
  data = createProfileFolder();
});
afterEach(() => data.remove());

const specOf = (request: JobRequest, configYml = ''): Promise<JobSpec> => {
  data.write({ 'config.yml': configYml });
  const config = loadConfig({ AGENTICORE_DATA_DIR: data.root });
  const context = {
    client,
    config,
    index: { indexed: false, searchable: false },
    uiOf: () => null,
    log: { warn: () => undefined },
  };
  return resolveRequest(context, request, 'local');
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

test('profile auto is taken with what the job falls back to, from a job and from a rule', async () => {
  await expect(specOf({ task: 'x', profile: 'auto' })).resolves.toMatchObject({
    profile: 'auto',
    profile_reason: 'explicit',
    fallback_profile: 'code',
  });
  await expect(specOf({ task: 'x' }, 'routes:\n  - {words: [x], profile: auto}\n')).resolves.toMatchObject({
    profile: 'auto',
    profile_reason: 'rule 1: word "x"',
    fallback_profile: 'code',
  });
  expect(await specOf({ task: 'x', profile: 'review' })).not.toHaveProperty('fallback_profile');
});

test('profile auto is refused where what it falls back to is no profile', () =>
  expect(specOf({ task: 'x', profile: 'auto' }, 'default_profile: gone\n')).rejects.toMatchObject({
    type: 'profile_not_found',
    message: expect.stringMatching(/There is no profile "gone"\. .*AGENTICORE_DEFAULT_PROFILE\.$/),
  }));

test('auto cannot be the default profile', () =>
  expect(async () => specOf({ task: 'x' }, 'default_profile: auto\n')).rejects.toMatchObject({
    type: 'invalid_config',
    message: expect.stringContaining('default_profile (AGENTICORE_DEFAULT_PROFILE) in config.yml must name a profile'),
  }));

test.each([
  ['routes: yes\n', 'config.yml:1: routes '],
  ['routes:\n  - {repo: a, profile: x}\n  - words: none\n    profile: x\n', 'config.yml:3: rule 2 of routes: words '],
  ['routes:\n  - {profile: x}\n', 'config.yml:2: rule 1 of routes: must have repo or words'],
  ['routes:\n  - repo: a\n    profil: x\n', 'config.yml:3: rule 1 of routes: profil is not a field of a route'],
])('wrong routes %j stop the start, by file and line', async (yaml, words) => {
  await expect(async () => specOf({ task: 'x' }, yaml)).rejects.toThrow(words);
});

test('a page of a repository is the repository and the base_ref that it shows, unless another one is asked for', async () => {
  const page = { task: 'x', repo_url: ' https://www.github.com/acme/app/tree/next ' };
  const spec = { repo_url: 'https://github.com/acme/app', profile: 'review' };
  await expect(specOf(page, routes)).resolves.toMatchObject({ ...spec, base_ref: 'next' });
  await expect(specOf({ ...page, base_ref: 'main' }, routes)).resolves.toMatchObject({ ...spec, base_ref: 'main' });
  await expect(specOf({ task: 'x', repo_url: 'https://github.com/acme/app/pull/12' })).rejects.toMatchObject({
    type: 'invalid_request',
    field: 'repo_url',
    message: expect.stringContaining('https://github.com/acme/app'),
  });
});
