import { afterEach, expect, test } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixingAgent } from '../support/model/scripts.ts';
import { plainGit } from '../support/sample-repo.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { jobEnded, submit } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let proxy: Proxy | undefined;
afterEach(async () => {
  await world.end();
  await proxy?.close();
});

/**
 * An agent that writes the time to a file of its worktree every 50 ms for `seconds`; the files tell when each agent
 * lived.
 */
const ticking = (seconds: number): Script =>
  fixingAgent({
    commands: [
      `for i in $(seq ${seconds * 20}); do date +%s%N >> ticks.txt; sleep 0.05; done; git add -A; git commit -q -m ticked`,
    ],
  });

test('a worker that is cut off stops its agent before the next one starts, and one branch is pushed once', async () => {
  // The first one outlives whatever there is to do meanwhile, unless it is stopped.
  let first: string | undefined;
  const script: Script = (conversation) =>
    ticking((first ??= conversation.session) === conversation.session ? 90 : 2)(conversation);
  world = await createWorld({ script, env: { AGENTICORE_SEAT_TIMEOUT_S: '8' } });
  const api = await world.start('serve', { args: ['--no-worker'] });
  const temporal = world.temporal().address;
  proxy = await startProxy(temporal);
  const disk = (name: string, address: string): Record<string, string> => ({
    AGENTICORE_DATA_DIR: join(world.dir, name),
    AGENTICORE_REPOS_ROOT: join(world.dir, name, 'repos'),
    TEMPORAL_ADDRESS: address,
  });
  await mkdir(join(world.dir, 'cut'));
  await world.start('worker', { env: disk('cut', proxy.address) });
  const { id } = await submit(api.url, { task: 'tick', repo_url: world.repo });
  const ticks = join(world.dir, 'cut', 'worktrees', id, 'ticks.txt');
  await world.model.waitFor(({ conversation }) => conversation !== null);
  await until(async () => (await readFile(ticks, 'utf8').catch(() => '')) !== '');

  await world.start('worker', { env: disk('whole', temporal) });
  proxy.cut();
  const second = await world.model.waitFor(
    ({ conversation }) => conversation !== null && world.model.turns().length > 1,
  );
  expect(second.conversation?.calls).toEqual([]);
  const lastOfFirst = BigInt((await readFile(ticks, 'utf8')).trim().split('\n').at(-1) ?? '0');
  proxy.heal();

  const job = await jobEnded(() => api.url, id);
  expect(job).toMatchObject({ status: 'succeeded', resumed: false });
  expect(await world.commits(job.branch ?? '')).toEqual(['ticked']);
  const ofSecond = (await plainGit(world.repo, 'show', `${job.branch ?? ''}:ticks.txt`)).split('\n').map(BigInt);
  expect(lastOfFirst).toBeGreaterThan(0n);
  expect(ofSecond[0]).toBeGreaterThan(lastOfFirst);
  const afterAll = BigInt(
    (await readFile(ticks, 'utf8').catch(() => `${lastOfFirst}`)).trim().split('\n').at(-1) ?? '0',
  );
  expect(afterAll).toBe(lastOfFirst);
});
