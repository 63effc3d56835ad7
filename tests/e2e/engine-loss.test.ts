import { afterEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { deferred } from '../../contract/shared/deferred.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { readEngineFile } from '../../temporal-config/dev-server/engine-file.ts';
import { jobEnded, jobUntil, submit } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

test('a job is not disturbed when the engine is killed and comes back within the seat timeout', async () => {
  const { promise: hold, resolve: release } = deferred();
  world = await createWorld({
    script: fixingAgent({ commands: [{ command: 'echo 1 > one.txt', hold }] }),
    env: { AGENTICORE_SEAT_TIMEOUT_S: '60' },
    embedded: true,
  });
  const product = await world.start('serve');
  const { id } = await submit(product.url, { task: 'one', repo_url: world.repo });
  await world.model.waitFor(({ conversation }) => conversation !== null);
  const before = readEngineFile(join(world.dir, 'data'))?.engine;
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await jobUntil(
    () => product.url,
    id,
    () => readEngineFile(join(world.dir, 'data'))?.engine?.pid !== before?.pid,
  );
  release();
  const job = await jobEnded(() => product.url, id);
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, resumed: false });
  expect(await world.commits(job.branch ?? '')).toEqual(['one']);
  expect(world.model.turns()).toHaveLength(2);
});
