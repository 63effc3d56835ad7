import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { writeProfile } from '../support/world.ts';

let world: ForgeWorld;
let api: Product;
beforeEach(async () => {
  world = await createForgeWorld('github', { env: { AGENTICORE_SEAT_TIMEOUT_S: '5' } });
  await writeProfile(world, 'pushing', 'extends: code\nauto_pr: false\n');
  api = await world.start('serve', { args: ['--no-worker'] });
});
afterEach(() => world.end());

const url = (): string => api.url;

/** Makes the remote hold back its answer to a push that it has taken, until `answer` is called. */
async function holdAnswer(): Promise<{ taken: () => boolean; answer: () => Promise<void> }> {
  const hook = join(world.dirOf(), 'hooks', 'post-receive');
  await writeFile(hook, '#!/bin/sh\ntouch taken; until test -e answer; do sleep 0.1; done\n');
  await chmod(hook, 0o755);
  const file = (name: string): string => join(world.dirOf(), name);
  return { taken: () => existsSync(file('taken')), answer: () => writeFile(file('answer'), '') };
}

test('a branch whose worker died before it could record the push is in the record, with what is on it', async () => {
  const worker = await world.start('worker');
  const { taken, answer } = await holdAnswer();
  const { id } = await submit(url(), { task: 'fix it', repo_url: world.url(), profile: 'pushing' });
  await until(taken);
  await worker.kill();
  await answer();
  const asked = world.model.requests.length;
  await world.start('worker');
  expect(await jobEnded(url, id)).toMatchObject({
    status: 'succeeded',
    attempt: 2,
    branch: `agenticore-${id.slice(0, 8)}`,
    diff: { files: 1, insertions: 1, deletions: 0 },
  });
  expect((await fetch(`${url()}/jobs/${id}/diff`)).status).toBe(200);
  expect(world.git.counts.pushes).toBe(1);
  expect(world.model.requests).toHaveLength(asked);
});

test('a commit that waits for its remote outlives its worker and a host that may not read the repository', async () => {
  const worker = await world.start('worker');
  world.git.failPushes(503, 1_000);
  const { id } = await submit(url(), { task: 'fix it', repo_url: world.url() });
  const pushed = world.forge.gitPasswords.length;
  await until(async () => (await readStage(id)) === 'delivering' && world.forge.gitPasswords.length > pushed);
  await worker.kill();
  world.git.answer(403);
  const asked = world.model.requests.length;
  await world.start('worker');
  const failed = await jobEnded(url, id);
  expect(failed).toMatchObject({ status: 'failed', attempt: 2, error_stage: 'updating_mirror' });
  expect(existsSync(failed.worktree_path ?? '')).toBe(true);
  world.git.answer(undefined);
  world.git.failPushes(0, 0);
  const { body } = await call<{ job: JobRecord }>(url(), `/jobs/${id}/retry`, { json: { wait: true } });
  expect(body.job).toMatchObject({ status: 'succeeded', retry_from: 'delivery', sha: failed.sha });
  expect(world.forge.state.pulls).toMatchObject([{ branch: body.job.branch, sha: failed.sha }]);
  expect(world.model.requests).toHaveLength(asked);
});

const readStage = async (id: string): Promise<string> =>
  (await call<{ job: JobRecord }>(url(), `/jobs/${id}`)).body.job.stage;
