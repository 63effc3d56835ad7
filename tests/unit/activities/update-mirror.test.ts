import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import type { HostSettings } from '../../../activities/deps.ts';
import { lookAtRemote } from '../../../activities/update-mirror.ts';
import { gitWorld, localRepo, type GitWorld } from '../../support/git-world.ts';
import { plainGit } from '../../support/sample-repo.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

test('a retry after the default branch was renamed goes on from its base, to a pull request for the new name', async () => {
  const { url } = await localRepo(world);
  const { reposRoot } = world.remotes;
  const rules = {
    profileDirs: [world.path('profiles')],
    allowLocalRepos: true,
    allowedRepoHosts: [],
    forges: { kinds: {} },
  };
  const settings = { reposRoot, ...rules } as unknown as HostSettings;
  const step = {
    job_id: 'a4c8bd0e-1111-4222-8333-444455556666',
    token: 'x',
    repo_url: url,
    profile: 'bot',
    recorded: [],
  };
  const signal = new AbortController().signal;
  const first = await lookAtRemote(settings, step, signal);
  expect(first).toMatchObject({ base: { ref: 'main' }, pull_request_base: 'main', branch: 'agenticore-a4c8bd0e' });

  await plainGit(world.path('origin.git'), 'branch', '--move', 'main', 'trunk');
  const again = await lookAtRemote(settings, { ...step, base: first.base }, signal);
  expect(again).toMatchObject({ base: first.base, pull_request_base: 'trunk' });
  expect(await lookAtRemote(settings, step, signal)).toMatchObject({ base: { ref: 'trunk', sha: first.base.sha } });
});

test('the branch of a job begins as its profile says, and has the whole id where that name is taken', async () => {
  const { url } = await localRepo(world);
  await mkdir(world.path('profiles'));
  await writeFile(world.path('profiles', 'bot.yml'), 'branch_prefix: feature/bot-\n');
  const rules = { profileDirs: [world.path('profiles')], allowLocalRepos: true, allowedRepoHosts: [] };
  const settings = { reposRoot: world.remotes.reposRoot, forges: { kinds: {} }, ...rules } as unknown as HostSettings;
  const job_id = 'a4c8bd0e-1111-4222-8333-444455556666';
  const step = { job_id, token: 'x', repo_url: url, profile: 'bot', recorded: [] };
  const { signal } = new AbortController();
  expect(await lookAtRemote(settings, step, signal)).toMatchObject({ branch: 'feature/bot-a4c8bd0e', tip: null });
  await plainGit(world.path('origin.git'), 'branch', 'feature/bot-a4c8bd0e', 'main');
  expect(await lookAtRemote(settings, step, signal)).toMatchObject({ branch: `feature/bot-${job_id}`, tip: null });
});
