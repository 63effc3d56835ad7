import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { call, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';

let world: ForgeWorld;
let product: Product;
beforeAll(async () => {
  world = await createForgeWorld('github', {
    // Each message is the text that is to stand in the file; the agent commits it itself, or leaves that to us.
    script: (conversation) => {
      const { latest: task } = conversation;
      const commit = task.startsWith('commit') ? ` && git add -A && git commit -q -m '${task}'` : '';
      return fixingAgent({ commands: [`echo '${task}' >> fix.txt${commit}`] })(conversation);
    },
  });
  product = await world.start('serve');
});
afterAll(() => world.end());

/** Posts to the session and waits for the end of the run that this starts. */
async function ask(session: string, path: string, json: object): Promise<RunRecord> {
  const { body } = await call<{ run: RunRecord; error?: string }>(product.url, `/sessions/${session}/${path}`, {
    json,
  });
  if (body.error !== undefined) throw new Error(body.error);
  let seen: RunRecord | undefined;
  const look = async (): Promise<RunRecord | false> => {
    const { run } = (await call<{ run: RunRecord }>(product.url, `/runs/${body.run.id}`)).body;
    seen = run;
    return run.ended_at !== null && run;
  };
  return until(look, () => `the end of a run; seen last: ${JSON.stringify(seen)}`);
}

const create = async (json: object): Promise<SessionRecord> =>
  (await call<{ session: SessionRecord }>(product.url, '/sessions', { json })).body.session;

const read = async (id: string): Promise<SessionRecord> =>
  (await call<{ session: SessionRecord }>(product.url, `/sessions/${id}`)).body.session;

test('a session works in one checkout, and what it has made is delivered on one branch and one pull request', async () => {
  const { id } = await create({ repo_url: world.url(), title: 'mend it step by step' });
  await ask(id, 'send', { text: 'commit one' });
  const one = await ask(id, 'deliver', {});
  expect(one).toMatchObject({ status: 'succeeded', delivered: { pr_url: expect.any(String) } });
  const branch = one.delivered?.branch ?? '';
  expect(await world.log(branch)).toEqual(['commit one']);
  expect(await ask(id, 'deliver', {})).toMatchObject({ delivered: { sha: one.delivered?.sha } });

  await ask(id, 'send', { text: 'two, uncommitted' });
  const two = await ask(id, 'deliver', { title: 'the second step' });
  expect(two.delivered).toMatchObject({ branch, pr_url: one.delivered?.pr_url });
  expect(await world.log(branch)).toEqual(['the second step', 'commit one']);
  expect(world.forge.state.pulls.filter((pull) => pull.branch === branch)).toHaveLength(1);
  // A session hears of the end of a run after the run's readers.
  const session = await until(async () => {
    const now = await read(id);
    return now.sha === two.delivered?.sha && now;
  });
  expect(session).toMatchObject({ branch, pr_url: two.delivered?.pr_url });
  expect(world.forge.unexpected).toEqual([]);
});

test('a session without a repository, or that has not worked yet, has nothing to deliver and says so', async () => {
  for (const [request, why] of [
    [{}, 'has no repository'],
    [{ repo_url: world.url() }, 'has not worked yet'],
  ] as const) {
    const { id } = await create(request);
    const { status, body } = await call<{ error: string }>(product.url, `/sessions/${id}/deliver`, { json: {} });
    expect([status, body.error]).toEqual([400, expect.stringContaining(why)]);
  }
});
