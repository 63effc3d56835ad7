import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { agenticore } from '../support/command.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let product: Product;
const job = { task: 'fix it', repo_url: 'https://no-such-host.invalid/acme/app' };

beforeAll(async () => {
  world = await createWorld();
  product = await world.start('serve');
});
afterAll(() => world.end());

/** What the command line shows of the job while it runs. */
const shownByRun = (): Promise<string> =>
  agenticore(world.env, 'run', job.task, '--repo', job.repo_url, '--url', product.url).catch(
    ({ stdout }: { stdout: string }) => stdout,
  );

async function toldByMcp(): Promise<string[]> {
  const told: string[] = [];
  const client = await connectMcp(TRANSPORTS['streamable HTTP'](product.url));
  const onprogress = ({ message = '' }): void => void told.push(message);
  await callTool(client, 'run_task', { ...job, wait: true }, { onprogress });
  await client.close();
  return told;
}

async function readRecords(): Promise<{ retrying: JobRecord['retrying']; ended: JobRecord; events: object[] }> {
  const { id } = await submit(product.url, job);
  const retrying = await until(
    async () => (await call<{ job: JobRecord }>(product.url, `/jobs/${id}`)).body.job.retrying ?? undefined,
  );
  const ended = await jobEnded(() => product.url, id);
  const { body } = await call<{ events: { event: object }[] }>(product.url, `/jobs/${id}/events?limit=1000`);
  return { retrying, ended, events: body.events.map(({ event }) => event) };
}

test('a host that has no name fails the job within 30 s, and each try says why and how many are left', async () => {
  const begun = Date.now();
  const [shown, told, { retrying, ended, events }] = await Promise.all([shownByRun(), toldByMcp(), readRecords()]);
  expect(Date.now() - begun).toBeLessThan(30_000);
  expect(ended).toMatchObject({ status: 'failed', error_code: 'host_not_found', retrying: null });
  const why: unknown = expect.stringContaining('no-such-host.invalid cannot be resolved');
  expect(retrying).toMatchObject({ stage: 'updating_mirror', code: 'host_not_found', reason: why });
  const retries = events.filter((event) => 'type' in event && event.type === 'retrying');
  expect(retries).toMatchObject([4, 3, 2, 1].map((tries_left) => ({ tries_left, reason: why })));
  expect(events.filter((event) => 'type' in event && event.type === 'stage')).toHaveLength(1);
  const sentence = /try 2 at [-0-9:TZ. ]+, 4 tries left: .*no-such-host\.invalid cannot be resolved/;
  expect(shown).toMatch(sentence);
  expect(told).toContainEqual(expect.stringMatching(sentence));
});
