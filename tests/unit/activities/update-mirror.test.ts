import { afterEach, beforeEach, expect, test } from '@jest/globals';
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
  const rules = { allowLocalRepos: true, allowedRepoHosts: [], forges: { kinds: {} } };
  const settings = { reposRoot, ...rules } as unknown as HostSettings;
  const step = { job_id: 'a4c8bd0e-1111-4222-8333-444455556666', token: 'x', repo_url: url, recorded: [] };
  const signal = new AbortController().signal;
  const first = await lookAtRemote(settings, step, signal);
  expect(first).toMatchObject({ base: { ref: 'main' }, pull_request_base: 'main' });

  await plainGit(world.path('origin.git'), 'branch', '--move', 'main', 'trunk');
  const again = await lookAtRemote(settings, { ...step, base: first.base }, signal);
  expect(again).toMatchObject({ base: first.base, pull_request_base: 'trunk' });
  expect(await lookAtRemote(settings, step, signal)).toMatchObject({ base: { ref: 'trunk', sha: first.base.sha } });
});
