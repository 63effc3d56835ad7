import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deferred } from '../../contract/shared/deferred.ts';
import type { RunRecord, WarmFacts } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { createWorld, fixing, type World } from '../support/world.ts';

const SESSIONS = 6;
const CAP = 4;
const JOBS = 20;
const SEATS = 3;

/** Agents of jobs that work now, and most that did at once. */
const working = new Set<string>();
let most = 0;
/** Resolves when all seats are taken by jobs. */
const allSeats = deferred();
let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({
    env: { AGENTICORE_WARM_AGENTS: String(CAP), AGENTICORE_MAX_PARALLEL_JOBS: String(SEATS) },
    script: async (conversation) => {
      if (!conversation.task.startsWith('job')) return { text: `answer to ${conversation.latest}` };
      working.add(conversation.session);
      most = Math.max(most, working.size);
      if (most >= SEATS) allSeats.resolve();
      await allSeats.promise;
      const reply = await fixing()(conversation);
      if (!Array.isArray(reply)) working.delete(conversation.session);
      return reply;
    },
  });
  product = await world.start('serve');
});
afterAll(() => world.end());

const warm = async (): Promise<WarmFacts | null> =>
  (await call<{ warm_agents: WarmFacts | null }>(product.url, '/daemon/status')).body.warm_agents;

async function say(session: string, text: string): Promise<RunRecord> {
  const json = { text, idempotency_key: text };
  const { run } = (await call<{ run: RunRecord }>(product.url, `/sessions/${session}/messages`, { json })).body;
  return (await call<{ run: RunRecord }>(product.url, `/runs/${run.id}/wait?timeout_s=120`)).body.run;
}

test('six sessions that are kept warm take no seat of 20 jobs, and only as many are kept as may be', async () => {
  const sessions: string[] = [];
  for (let each = 1; each <= SESSIONS; each++) {
    const { session } = (await call<{ session: SessionRecord }>(product.url, '/sessions', { json: {} })).body;
    sessions.push(session.id);
    expect(await say(session.id, `first of ${each}`)).toMatchObject({ status: 'succeeded', warm: false });
    expect((await warm())?.count).toBeLessThanOrEqual(CAP);
  }
  expect(await warm()).toMatchObject({ count: CAP, limit: CAP });

  const submitted = await Promise.all(
    Array.from({ length: JOBS }, (_, number) => submit(product.url, { task: `job ${number}`, repo_url: world.repo })),
  );
  const jobs = await Promise.all(submitted.map(({ id }) => jobEnded(() => product.url, id)));
  expect(jobs.map(({ status, error }) => error ?? status)).toEqual(Array(JOBS).fill('succeeded'));
  expect(most).toBe(SEATS);
  expect(await warm()).toMatchObject({ count: CAP, limit: CAP });

  const again = [];
  for (const session of sessions.toReversed()) again.push(await say(session, `second of ${session}`));
  // Those that were asked last are warm; the others begin with their session.
  expect(again.slice(0, CAP).map((run) => run.warm)).toEqual(Array(CAP).fill(true));
  expect(again.map(({ status }) => status)).toEqual(Array(SESSIONS).fill('succeeded'));
}, 900_000);
