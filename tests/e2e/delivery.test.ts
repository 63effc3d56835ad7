import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deferred } from '../../contract/shared/deferred.ts';
import { derivedId } from '../../contract/shared/derived-id.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { commitFiles } from '../support/sample-repo.ts';
import { agenticore } from '../support/command.ts';
import { acceptPushes } from '../support/git-server.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { fixing, writeProfile } from '../support/world.ts';

let world: ForgeWorld;
let product: Product;
const url = (): string => product.url;

const run = async (request: object = {}, headers: Record<string, string> = {}): Promise<JobRecord> =>
  jobEnded(url, (await submit(url(), { task: 'fix it', repo_url: world.url(), ...request }, headers)).id);

/** One pull request of the job's branch, and one set of commits on it. */
async function expectDelivered(job: JobRecord, commits = ['fix it']): Promise<void> {
  expect(job).toMatchObject({ status: 'succeeded', pr_url: expect.any(String) });
  const pulls = world.forge.state.pulls.filter(({ branch }) => branch === job.branch);
  expect(pulls).toMatchObject([{ state: 'open', sha: job.sha }]);
  expect(await world.log(job.branch ?? '')).toEqual(commits);
  expect(world.forge.unexpected).toEqual([]);
}

describe('a delivery', () => {
  const together = deferred();

  beforeAll(async () => {
    world = await createForgeWorld('github', {
      script: (conversation) => {
        const { task } = conversation;
        if (!task.includes('together')) return fixing()(conversation);
        // Both have looked at the remote before either has pushed.
        const command = `echo '${task}' > fix.txt && git add -A && git commit -q -m '${task}'`;
        return fixingAgent({ commands: [{ command, hold: together.promise }] })(conversation);
      },
    });
    await writeProfile(world, 'impatient', 'extends: code\ndelivery_timeout: 10\n');
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  /** Everywhere that a person or a program looks at a job. */
  const LOOKS: Record<string, (id: string) => Promise<string>> = {
    REST: async (id) => JSON.stringify((await call(url(), `/jobs/${id}`)).body),
    MCP: async (id) => {
      const client = await connectMcp(TRANSPORTS['streamable HTTP'](url()));
      const { body } = await callTool(client, 'get_job', { job_id: id });
      await client.close();
      return JSON.stringify(body);
    },
    'the command line': async (id) => cli('job', id),
    Temporal: async (id) => cli('temporal', 'workflow', 'show', '--workflow-id', id, '--output', 'json'),
  };
  const cli = (...args: string[]): Promise<string> => agenticore({ ...world.env, AGENTICORE_URL: url() }, ...args);

  const REFUSALS: [string, string, RegExp, () => Promise<() => Promise<void>>][] = [
    [
      'that is refused for want of rights',
      'repo_auth_failed',
      /do not allow this/,
      () => {
        world.git.failPushes(403, 1);
        return Promise.resolve(() => Promise.resolve());
      },
    ],
    [
      'to a protected branch',
      'push_rejected',
      /rule of the remote rejected the branch/,
      async () => {
        await acceptPushes(world.dirOf(), 'agenticore-*');
        return () => acceptPushes(world.dirOf(), 'none');
      },
    ],
    [
      'whose pull request is refused',
      'pull_request_rejected',
      /not all refs are readable/,
      () => {
        const body = { message: 'Validation Failed', errors: [{ message: 'not all refs are readable' }] };
        world.forge.fail(422, 1, { on: /^POST .*\/pulls$/, body });
        return Promise.resolve(() => Promise.resolve());
      },
    ],
    [
      'whose forge is down for longer than its profile waits',
      'forge_unavailable',
      /502/,
      () => {
        const up = world.forge.fail(502, Infinity, { on: /^GET .*\/pulls$/ });
        return Promise.resolve(() => Promise.resolve(up()));
      },
    ],
  ];

  test.each(REFUSALS)(
    '%s fails the job with %s, which all can see, and a retry makes it without the model',
    async (_what, code, reason, refuse) => {
      const allow = await refuse();
      const failed = await run({ profile: code === 'forge_unavailable' ? 'impatient' : 'code' });
      expect(failed).toMatchObject({ status: 'failed', error_code: code, error: expect.stringMatching(reason) });
      expect(failed.next_step).toMatch(/retry/);
      expect(failed.pr_url).toBeNull();
      for (const [place, look] of Object.entries(LOOKS)) {
        const shown = await look(failed.id);
        expect([place, shown]).toEqual([place, expect.stringContaining(code)]);
        expect([place, shown]).toEqual([place, expect.stringMatching(reason)]);
      }
      await allow();
      const asked = world.model.requests.length;
      const again = await call<{ job: JobRecord }>(url(), `/jobs/${failed.id}/retry`, { json: { wait: true } });
      expect(again.body.job.retry_from).toBe('delivery');
      await expectDelivered(again.body.job);
      expect(again.body.job.diff).toEqual({ files: 1, insertions: 1, deletions: 0 });
      expect((await fetch(`${url()}/jobs/${again.body.job.id}/diff`)).status).toBe(200);
      expect(world.model.requests).toHaveLength(asked);
    },
  );

  test('that the remote never answers fails with remote_unavailable when its time is over', async () => {
    const { id } = await submit(url(), { task: 'fix it, unheard', repo_url: world.url(), profile: 'impatient' });
    await world.model.waitFor(({ conversation }) => conversation?.task.includes('unheard') === true);
    const { resume } = world.git.hang();
    const failed = await jobEnded(url, id);
    resume();
    expect(failed).toMatchObject({ error_code: 'remote_unavailable', error_stage: 'delivering' });
    expect(failed.error).toContain('delivery_timeout');
    const lines = (await cli('retry', id, '--json')).trim().split('\n');
    const { job } = JSON.parse(lines.at(-1) ?? '') as { job: JobRecord };
    expect(job.retry_from).toBe('delivery');
    await expectDelivered(job);
  });

  test('is taken as made where somebody has added to the branch since: a retry opens no second pull request', async () => {
    const up = world.forge.fail(502, Infinity, { on: /^GET .*\/pulls$/ });
    const { id, branch } = await run({ profile: 'impatient' });
    up();
    expect(branch).toBe(`agenticore-${id.slice(0, 8)}`);
    await commitFiles(world.dirOf(), branch ?? '', { 'more.txt': 'more' }, 'by hand');
    const { body } = await call<{ job: JobRecord }>(url(), `/jobs/${id}/retry`, { json: { wait: true } });
    expect(body.job).toMatchObject({ status: 'succeeded', retry_from: 'delivery', branch });
    expect(world.forge.state.pulls.filter((pull) => pull.branch.includes(id.slice(0, 8)))).toHaveLength(1);
    expect(await world.log(branch ?? '')).toEqual(['by hand', 'fix it']);
  });

  test('whose forge answers with an error of its own at first is tried again', async () => {
    world.forge.fail(502, 2, { on: /^POST .*\/pulls$/ });
    await expectDelivered(await run());
  });

  test('beyond the limit of the forge waits for its reset', async () => {
    let resetAt = 0;
    world.forge.before(/^GET .*\/pulls$/, () => world.forge.rateLimit((resetAt = Date.now() + 3_000)));
    const job = await run();
    await expectDelivered(job);
    expect(Date.parse(job.ended_at ?? '')).toBeGreaterThanOrEqual(Math.floor(resetAt / 1_000) * 1_000);
  });

  test('whose pull request somebody else has just opened takes that one', async () => {
    const { id } = await submit(url(), { task: 'fix it', repo_url: world.url() });
    const branch = `agenticore-${id.slice(0, 8)}`;
    const pull = {
      repo: 'acme/app',
      headRepo: 'acme/app',
      branch,
      base: 'main',
      title: 'mine',
      body: '',
      draft: false,
    };
    world.forge.before(/^POST .*\/pulls$/, () => {
      world.forge.state.pull({ ...pull, labels: [], reviewers: [] });
    });
    const job = await jobEnded(url, id);
    await expectDelivered(job);
    expect(world.forge.state.pulls.filter((one) => one.branch === branch)).toMatchObject([{ title: 'mine' }]);
  });

  test('to a remote that is down goes on when it is back', async () => {
    const { id } = await submit(url(), { task: 'fix it, remotely', repo_url: world.url() });
    await world.model.waitFor(({ conversation }) => conversation?.task.includes('remotely') === true);
    world.git.answer(503);
    const before = world.forge.gitPasswords.length;
    // Tries after 0, 1, 3, 7 and 15 s: the next is after 31.
    await until(() => world.forge.gitPasswords.length >= before + 5);
    world.git.answer(undefined);
    await expectDelivered(await jobEnded(url, id));
  });

  test('of two jobs at once whose ids begin with the same eight characters reaches two branches', async () => {
    const [one, other] = sameBeginning();
    const tasks = { [one]: 'fix it together, first', [other]: 'fix it together, second' };
    const ended = Object.entries(tasks).map(([key, task]) => run({ task }, { 'idempotency-key': key }));
    for (const task of Object.values(tasks))
      await world.model.waitFor(({ conversation }) => conversation?.task === task);
    together.resolve();
    const jobs = await Promise.all(ended);
    const [short, ...more] = new Set(jobs.map(({ id }) => `agenticore-${id.slice(0, 8)}`));
    expect(more).toEqual([]);
    expect(new Set(jobs.map(({ branch }) => branch))).toEqual(
      new Set([
        short,
        jobs.map(({ id }) => `agenticore-${id}`).find((name) => jobs.some(({ branch }) => branch === name)),
      ]),
    );
    for (const job of jobs) await expectDelivered(job, [job.task]);
  });
});

/** Two keys whose jobs have ids with the same first eight characters. */
function sameBeginning(): [string, string] {
  const seen = new Map<string, string>();
  for (let number = 0; ; number++) {
    const beginning = derivedId('job', 'local', String(number)).slice(0, 8);
    const other = seen.get(beginning);
    if (other !== undefined) return [other, String(number)];
    seen.set(beginning, String(number));
  }
}

describe('a worker that is killed', () => {
  let api: Product;
  const workers: Product[] = [];
  beforeAll(async () => {
    world = await createForgeWorld('github', { env: { AGENTICORE_SEAT_TIMEOUT_S: '10' } });
    await writeProfile(world, 'labelled', 'extends: code\npull_request: {labels: [bot]}\n');
    api = await world.start('serve', { args: ['--no-worker'] });
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.kill();
  });
  afterAll(() => world.end());

  async function startWorker(): Promise<Product> {
    const worker = await world.start('worker');
    workers.push(worker);
    return worker;
  }

  test.each([
    ['between the push and the pull request', /^GET .*\/pulls$/],
    ['between the pull request and its record', /^POST .*\/labels$/],
  ])('%s leaves exactly one pull request, and the agent is not asked again', async (_when, on) => {
    const worker = await startWorker();
    const killed = new Promise<void>((resolve) => {
      world.forge.before(on, () => {
        void worker.kill();
        resolve();
      });
    });
    const { id } = await submit(api.url, { task: 'fix it', repo_url: world.url(), profile: 'labelled' });
    await killed;
    const asked = world.model.requests.length;
    await startWorker();
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ attempt: 2, warnings: [] });
    await expectDelivered(job);
    const pulls = world.forge.state.pulls.filter(({ branch }) => branch === job.branch);
    expect(pulls).toMatchObject([{ labels: ['bot'] }]);
    expect(world.model.requests).toHaveLength(asked);
  });
});
