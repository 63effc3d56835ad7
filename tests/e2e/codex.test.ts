import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { canariesIn, canariesInFiles, canariesInProcesses, freshCanaries } from '../support/canaries.ts';
import { gate } from '../support/model-server.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { call, jobEnded, runJob, submit, type Product } from '../support/product.ts';
import { plainGit } from '../support/sample-repo.ts';
import { goneWith, seenWith } from '../support/strays.ts';
import { createWorld, fixing, remains, writeProfile, type World } from '../support/world.ts';

/** Number of a sleep that only this test starts; its command line says which test it is of. */
const stray = String(200_000_000 + process.pid);
const canaries = freshCanaries({ model: 'sk-canary-of-openai-0001' });
const killed = gate();

const twoSteps = (hold: Promise<unknown>): Script =>
  fixingAgent({
    commands: [
      'echo 1 > one.txt && git add -A && git commit -q -m one',
      `env -i setsid sleep ${stray} > /dev/null 2>&1 & echo started`,
      { command: 'echo 2 > two.txt && git add -A && git commit -q -m two', hold },
    ],
  });
const byTask: Record<string, Script> = {
  'lose the worker': twoSteps(killed.opened),
  'be cancelled': twoSteps(new Promise(() => undefined)),
  'fail at first': (conversation) =>
    conversation.latest.includes('is tried again') ? fixing()(conversation) : { status: 401, error: 'no such key' },
  'say who you are': () => ({ text: 'the agent of the first job' }),
  'make a plan': fixingAgent({ commands: ['touch planned'], summary: 'the plan' }),
};

let world: World;
let product: Product;
const url = (): string => product.url;

beforeAll(async () => {
  world = await createWorld({
    script: (conversation) => {
      const [, script = fixing()] = Object.entries(byTask).find(([task]) => conversation.task.includes(task)) ?? [];
      return script(conversation);
    },
    env: {
      ANTHROPIC_API_KEY: '',
      OPENAI_API_KEY: canaries.model,
      AGENTICORE_DEFAULT_AGENT: 'codex',
      AGENTICORE_CODEX_PRICES: 'gpt-5.5-codex=2/1/10',
      AGENTICORE_SEAT_TIMEOUT_S: '4',
    },
  });
  await writeProfile(world, 'ours', 'deliver: push\ncodex: { model: gpt-5.5-codex }\n');
  product = await start();
});
afterAll(() => world.end());

const start = (): Promise<Product> => world.start('serve', { env: { OPENAI_BASE_URL: `${world.model.url}/v1` } });
const request = (task: string, more: object = {}): object => ({ task, repo_url: world.repo, profile: 'ours', ...more });
const file = (job: JobRecord, name: string): Promise<string> =>
  plainGit(world.repo, 'show', `${job.branch ?? ''}:${name}`);
async function eventsOf({ id }: Pick<JobRecord, 'id'>): Promise<StreamEvent[]> {
  const { body } = await call<{ events: { event: StreamEvent }[] }>(url(), `/jobs/${id}/events?limit=1000`);
  return body.events.map(({ event }) => event);
}

describe('a job of Codex', () => {
  test('is delivered, with its cost, its events and its transcript, and the key is nowhere', async () => {
    const job = await runJob(url, request('fix it'));
    expect(job).toMatchObject({ status: 'succeeded', output: 'All done.', session_id: expect.any(String) });
    expect(job.cost_usd).toBeCloseTo((3 * (12 * 2 + 3 * 1 + 5 * 10)) / 1e6, 10);
    expect(await file(job, 'fix.txt')).toBe('fixed');
    expect((await eventsOf(job)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['started', 'text', 'tool_use', 'tool_result', 'run_ended']),
    );
    expect(remains(world, job.id)).toEqual([]);
    const kept = canariesInFiles(world.dir, canaries);
    expect(kept.found).toEqual([]);
    expect(kept.files.join()).toContain(`/data/transcripts/${job.id}/`);
    expect(canariesIn(JSON.stringify(await eventsOf(job)), canaries)).toEqual([]);
  });

  test('goes on with the session of an earlier one', async () => {
    const first = await runJob(url, request('say who you are'));
    const job = await runJob(url, request('fix it then', { session_id: first.session_id }));
    expect(job).toMatchObject({ status: 'succeeded' });
    expect(job.session_id).not.toBe(first.session_id);
    const turn = world.model.turns('say who you are').at(-1);
    expect(turn?.conversation?.latest).toContain('fix it then');
  });

  test('that failed is tried again from its session', async () => {
    const failed = await runJob(url, request('fail at first'));
    expect(failed).toMatchObject({ status: 'failed', error_code: 'agent_auth_failed' });
    const { body } = await call<{ job: JobRecord }>(url(), `/jobs/${failed.id}/retry`, { json: {} });
    const job = await jobEnded(url, body.job.id);
    expect(job).toMatchObject({ status: 'succeeded', retry_from: 'session' });
    expect(await file(job, 'fix.txt')).toBe('fixed');
  });

  test('that is a plan says it, and changes nothing', async () => {
    const json = request('make a plan', { wait: true });
    const { body } = await call<{ plan_id: string; content: string }>(url(), '/plans', { json });
    expect(body.content).toBe('the plan');
    const results = (await eventsOf({ id: body.plan_id })).filter(({ type }) => type === 'tool_result');
    expect(JSON.stringify(results)).toContain('Read-only file system');
  });

  test('that is cancelled stops the agent and all that it started, and leaves nothing', async () => {
    const job = await submit(url(), request('be cancelled'));
    await seenWith(stray);
    await call(url(), `/jobs/${job.id}`, { method: 'DELETE' });
    expect(await jobEnded(url, job.id)).toMatchObject({ status: 'cancelled' });
    await goneWith(stray);
    expect(remains(world, job.id)).toEqual([]);
  });

  test('goes on after kill -9 of its worker: no step is done twice, and no process of the old agent lives', async () => {
    const job = await submit(url(), request('lose the worker'));
    await seenWith(stray);
    const { cmdline, environ } = canariesInProcesses(canaries);
    expect(cmdline).toEqual([]);
    expect(environ.filter(({ pid }) => pid !== product.pid && pid !== process.pid)).toEqual([]);
    await product.kill();
    await goneWith(stray);
    product = await start();
    killed.open();
    const ended = await jobEnded(url, job.id);
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 2, resumed: true });
    expect(await world.commits(ended.branch ?? '')).toEqual(['two', 'one']);
    expect((await eventsOf(ended)).filter(({ type }) => type === 'restarted')).toEqual([]);
  });
});
