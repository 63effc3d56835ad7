import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { call, type Product } from '../support/product.ts';
import { withClient } from '../support/temporal.ts';
import { createWorld, type World } from '../support/world.ts';

const TURNS = 300;

/** A session's history begins anew after so many events, or runs. */
const MAX_EVENTS = 4_000;
const LEAST_CONTINUED = 2;

let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({ script: ({ latest }) => ({ text: `answer to ${latest}` }) });
  product = await world.start('serve');
});
afterAll(() => world.end());

const post = async <T>(path: string, json: object = {}): Promise<T> =>
  (await call<T>(product.url, path, { json })).body;

test('300 turns of one session: none is lost or doubled, a key holds, and the cost is what the model has counted', async () => {
  const { session } = await post<{ session: SessionRecord }>('/sessions');
  const path = `/sessions/${session.id}`;
  const say = (turn: number): Promise<{ run: RunRecord }> =>
    post(`${path}/messages`, { text: `turn ${turn}`, idempotency_key: `turn-${turn}` });
  const runs: RunRecord[] = [];
  for (let turn = 1; turn <= TURNS; turn++) {
    const { run } = await say(turn);
    const ended = await call<{ run: RunRecord }>(product.url, `/runs/${run.id}/wait?timeout_s=120`);
    runs.push(ended.body.run);
  }
  expect(runs.map(({ output }) => output)).toEqual(runs.map((_, index) => `answer to turn ${index + 1}`));
  expect((await say(TURNS - 1)).run.id).toBe(runs.at(-2)?.id);
  const turns = world.model.turns();
  expect(turns).toHaveLength(TURNS);

  const now = (await call<{ session: SessionRecord }>(product.url, path)).body.session;
  const costs = runs.map(({ cost_usd }) => cost_usd ?? 0);
  expect(now.usage).toMatchObject({ input_tokens: TURNS * 10, output_tokens: TURNS * 5 });
  expect(now.cost_usd).toBeCloseTo(
    costs.reduce((sum, cost) => sum + cost, 0),
    6,
  );
  expect(new Set(costs.map((cost) => cost.toFixed(9))).size).toBe(1);

  await withClient(world.temporal(), async (client) => {
    const executions = [];
    for await (const each of client.workflow.list({ query: `WorkflowId = '${session.id}'` })) executions.push(each);
    expect(executions.length).toBeGreaterThan(LEAST_CONTINUED);
    for (const { historyLength } of executions) expect(historyLength).toBeLessThan(MAX_EVENTS);
  });
}, 900_000);
