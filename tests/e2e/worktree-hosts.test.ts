import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import type { World } from '../support/world.ts';
import { createAddingWorld, leftIn, listUntil, prepare, removeWorktree } from '../support/worktrees.ts';

let world: World;
let product: Product;
const url = (): string => product.url;
const run = async (request: object): Promise<JobRecord> => jobEnded(url, (await submit(url(), request)).id);

beforeAll(async () => {
  world = await createAddingWorld();
  product = await world.start('serve');
});
afterAll(() => world.end());

test('a job runs on the host that has its worktree; with that one gone it is refused, and with it back goes on', async () => {
  const other = join(world.dir, 'other');
  const env = { AGENTICORE_DATA_DIR: other, AGENTICORE_REPOS_ROOT: join(other, 'repos') };
  const near = await run({ task: 'add near', repo_url: world.repo });
  let worker = await world.start('worker', { env });
  const disk = (await readFile(join(other, 'disk-id'), 'utf8')).trim();
  let there = await prepare(url(), world.repo);
  while (there.disk !== disk) {
    await removeWorktree(url(), there.id);
    there = await prepare(url(), world.repo);
  }
  const { id, branch } = there;
  const first = await run({ task: 'add one', worktree_id: id });
  expect(first).toMatchObject({ status: 'succeeded', disk });
  const elsewhere = { task: 'add two', worktree_id: id, session_id: near.session_id };
  expect(await call(url(), '/jobs', { json: elsewhere })).toMatchObject({
    status: 409,
    body: { code: 'session_unavailable', field: 'session_id' },
  });
  const again = await run({ ...elsewhere, session_id: first.session_id });
  expect(again).toMatchObject({ status: 'succeeded', disk, output: 'All done.' });
  await worker.kill();
  expect(await removeWorktree(url(), id)).toMatchObject({ status: 409, body: { code: 'worktree_unavailable' } });
  expect((await listUntil(url(), () => true)).map((each) => each.id)).toContain(id);
  worker = await world.start('worker', { env });
  expect(await run({ task: 'add two', worktree_id: id })).toMatchObject({ status: 'succeeded', disk, branch });
  expect(await world.commits(branch ?? '')).toEqual(['two', 'one']);
  expect(await removeWorktree(url(), id)).toMatchObject({ status: 200, body: { worktree: { status: 'removed' } } });
  expect(readdirSync(join(other, 'worktrees'))).toEqual([]);
  await worker.stop();
});

test('a worktree outlives a server that is killed: without a worker it is kept, now and later, then worked in', async () => {
  const { id, branch } = await prepare(url(), world.repo);
  await product.kill();
  product = await world.start('serve', { args: ['--no-worker'] });
  await listUntil(url(), (all) => all.some((each) => each.id === id && each.status === 'ready'));
  const refused = await removeWorktree(url(), id);
  expect(refused).toMatchObject({ status: 409, body: { code: 'worktree_unavailable' } });
  await world.start('worker');
  expect(await run({ task: 'add one', worktree_id: id })).toMatchObject({ status: 'succeeded', branch });
  expect(await removeWorktree(url(), id)).toMatchObject({ status: 200 });
  expect(leftIn(world)).toEqual([]);
});
