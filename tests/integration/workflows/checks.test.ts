import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deferred } from '../../../contract/shared/deferred.ts';
import type { CommandRun, Setup, Verify } from '../../../contract/workflow/checks.ts';
import type { CommandStep } from '../../../contract/workflow/command-steps.ts';
import type { AgentStep, ProfileFacts } from '../../../contract/workflow/steps.ts';
import { answerOf, delivered, failure, prepared, type Part, type PlayedHost } from '../../support/played-host.ts';
import { createWorkflowWorld, shown, type WorkflowWorld } from '../../support/workflow-world.ts';

const never = new Promise<never>(() => undefined);

const passed: CommandRun = { outcome: 'passed', exit_code: 0, duration_ms: 5, output: '' };
const failed: CommandRun = { outcome: 'failed', exit_code: 1, duration_ms: 5, output: '1 test failed\n' };

const setup: Setup = { run: ['npm ci', 'npm run build'], timeout_s: 60 };
const verify: Verify = { run: ['npm run lint', 'npm test'], timeout_s: 60, max_fixes: 2, on_failure: 'fail' };

/** A profile with commands; `stays`: an earlier attempt left its worktree. */
const profileWith = (more: Partial<ProfileFacts>, { stays = false } = {}): Pick<Part, 'prepareWork'> => ({
  prepareWork: ({ attempt }) => prepared(attempt, more, stays && attempt > 1),
});

/** `npm test` fails the first `times` times. */
const testsFail = (times: number): Pick<Part, 'runCommand'> => {
  let left = times;
  return { runCommand: ({ command }) => (command === 'npm test' && left-- > 0 ? failed : passed) };
};

const ran = (...hosts: PlayedHost[]): string[] =>
  hosts
    .flatMap(({ calls }) => calls)
    .filter(({ name }) => name === 'runCommand')
    .map(({ step }) => `${(step as CommandStep).round} ${(step as CommandStep).command}`);

const turns = (...hosts: PlayedHost[]): AgentStep[] =>
  hosts.flatMap(({ calls }) => calls.flatMap(({ name, step }) => (name === 'runAgent' ? (step as AgentStep) : [])));

const namesOf = (host: PlayedHost): string =>
  host
    .names()
    .filter((name) => !['updateMirror', 'prepareWork'].includes(name))
    .join(' ');

describe('a job with setup and verify', () => {
  let world: WorkflowWorld;

  beforeAll(async () => {
    world = await createWorkflowWorld();
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  test('runs setup before its agent and verify after its commit, and discards what verify wrote before the push', async () => {
    const host = await world.host(profileWith({ setup, verify }));
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(namesOf(host)).toBe(
      'runCommand runCommand finishSetup runAgent commitWork runCommand runCommand restoreWork deliver openPullRequest removeWorktree',
    );
    expect((await shown(job)).checks).toMatchObject([
      { phase: 'setup', command: 'npm ci', outcome: 'passed', round: 1 },
      { phase: 'setup', command: 'npm run build', outcome: 'passed' },
      { phase: 'verify', command: 'npm run lint', outcome: 'passed', round: 1 },
      { phase: 'verify', command: 'npm test', outcome: 'passed' },
    ]);
    // What the Web UI shows on top.
    const { currentDetails } = await job.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('- **setup**: `npm ci` passed 0.0 s, `npm run build` passed 0.0 s');
    expect(currentDetails).toContain('- **verify**: `npm run lint` passed 0.0 s, `npm test` passed 0.0 s');
  });

  test('tells its agent what did not pass, and delivers the commit that did', async () => {
    let commits = 0;
    const host = await world.host({
      ...profileWith({ verify }),
      ...testsFail(1),
      commitWork: () => ({ sha: String(++commits).repeat(40), warnings: [] }),
    });
    await world.decide();
    const job = await world.job();
    await job.result();
    const [first, second, ...rest] = turns(host);
    expect(first?.fix).toBeUndefined();
    expect(second?.fix?.text).toMatch(/npm test` failed with exit code 1[^]*1 test failed/);
    expect(rest).toEqual([]);
    expect(ran(host)).toEqual(['1 npm run lint', '1 npm test', '2 npm run lint', '2 npm test']);
    expect(host.calls.find(({ name }) => name === 'deliver')?.step).toMatchObject({ sha: '2'.repeat(40) });
    const { checks, cost_usd, num_turns } = await shown(job);
    expect(checks.map(({ round, outcome }) => `${round} ${outcome}`)).toEqual([
      ...['1 passed', '1 failed', '2 passed', '2 passed'],
    ]);
    expect({ cost_usd, num_turns }).toEqual({ cost_usd: 2, num_turns: 2 });
  });

  test('fails with verify_failed and keeps its work when its agent could not fix it', async () => {
    const host = await world.host({ ...profileWith({ verify }), ...testsFail(9) });
    await world.decide();
    const job = await world.job();
    const told = expect.stringContaining('Next step: Read the output of the command');
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'verify_failed', message: told } });
    // What the Web UI shows of it.
    const { currentDetails } = await job.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('- **failed while**: it was running verify');
    expect(currentDetails).toContain('- **error**: verify_failed: `` verify: `npm test` failed with exit code 1.');
    expect(currentDetails).toContain('- **next step**: Read the output of the command');
    expect(currentDetails).toContain('- **verify**: round 3, `npm run lint` passed');
    expect(turns(host)).toHaveLength(3);
    expect(host.names()).not.toContain('deliver');
    expect(host.calls.at(-1)).toMatchObject({ name: 'removeWorktree', step: { keep: true } });
    const { stage, error, worktree_path } = await shown(job);
    expect({ stage, worktree_path }).toEqual({ stage: 'verifying', worktree_path: '/worktrees/1' });
    expect(error?.message).toMatch(/^verify: `npm test` failed with exit code 1\. It wrote:\n1 test failed$/);
  });

  test.each([
    ['draft', true],
    ['deliver', false],
  ] as const)(
    'whose profile says %s opens its pull request all the same, with what did not pass',
    async (how, draft) => {
      const host = await world.host({
        ...profileWith({ verify: { ...verify, max_fixes: 0, on_failure: how } }),
        ...testsFail(9),
      });
      await world.decide();
      const job = await world.job();
      await job.result();
      expect(turns(host)).toHaveLength(1);
      expect(host.calls.find(({ name }) => name === 'openPullRequest')?.step).toMatchObject({
        options: { draft },
        verdict: 'verify: `npm test` failed with exit code 1. It wrote:\n1 test failed',
        checks: [{ outcome: 'passed' }, { outcome: 'failed' }],
      });
      expect((await shown(job)).warnings.join()).toContain('`npm test` failed with exit code 1');
    },
  );

  test('skips the commands after the first that does not pass', async () => {
    const host = await world.host({
      ...profileWith({ verify: { ...verify, max_fixes: 0, run: ['npm test', 'npm run e2e'] } }),
      ...testsFail(9),
    });
    await world.decide();
    const job = await world.job();
    await expect(job.result()).rejects.toThrow();
    expect(ran(host)).toEqual(['1 npm test']);
    expect((await shown(job)).checks).toMatchObject([{ outcome: 'failed' }, { outcome: 'skipped' }]);
  });

  test('gives each command what the ones before it left of the time limit', async () => {
    const host = await world.host({
      ...profileWith({ setup }),
      runCommand: () => ({ ...passed, duration_ms: 50_000 }),
    });
    await world.decide();
    await (await world.job()).result();
    const limits = host.calls.flatMap(({ step }) => (step as Partial<CommandStep>).timeout_ms ?? []);
    expect(limits).toEqual([60_000, 10_000]);
  });

  test('runs no verify when its agent changed nothing', async () => {
    const host = await world.host({ ...profileWith({ verify }), commitWork: () => ({ sha: null, warnings: [] }) });
    await world.decide();
    await (await world.job()).result();
    expect(host.names()).not.toContain('runCommand');
  });

  test('without a repository runs both in its directory', async () => {
    const host = await world.host(profileWith({ setup, verify }));
    await world.decide();
    await (await world.job({ repo_url: undefined })).result();
    expect(ran(host)).toHaveLength(4);
    expect(host.names()).not.toContain('restoreWork');
  });

  test('whose setup does not pass fails with setup_failed, without an agent, and leaves nothing', async () => {
    const host = await world.host({ ...profileWith({ setup }), runCommand: () => failed });
    await world.decide();
    const job = await world.job();
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'setup_failed' } });
    expect(namesOf(host)).toBe('runCommand removeWorktree');
    expect(host.calls.at(-1)).toMatchObject({ step: { keep: false } });
  });

  test('has its agent mend what hinders the commit, once', async () => {
    const problem = { code: 'commit_too_large', message: 'There are too many files.' } as const;
    const host = await world.host({ commitWork: () => ({ sha: null, warnings: [], problem }) });
    await world.decide();
    const job = await world.job();
    await expect(job.result()).rejects.toMatchObject({
      cause: { type: problem.code, message: expect.stringContaining(problem.message) },
    });
    expect(turns(host).map(({ fix }) => fix?.text)).toEqual([undefined, problem.message]);
    expect(host.calls.at(-1)).toMatchObject({ name: 'removeWorktree', step: { keep: true } });
  });

  describe('whose hosts are lost', () => {
    const once = (): (() => boolean) => {
      let first = true;
      return () => first && !(first = false);
    };

    test('on the disk where they were runs no command twice whose end is recorded', async () => {
      const atBuild = once();
      const atTest = once();
      const part: Partial<Part> = {
        ...profileWith({ setup, verify }, { stays: true }),
        runCommand: ({ command }, seat) => {
          if ((command === 'npm run build' && atBuild()) || (command === 'npm test' && atTest())) {
            seat.lose();
            return never;
          }
          return passed;
        },
      };
      const host = await world.host(part);
      await world.decide();
      const job = await world.job();
      await job.result();
      expect(ran(host)).toEqual([
        ...['1 npm ci', '1 npm run build', '1 npm run build'],
        ...['1 npm run lint', '1 npm test', '1 npm test'],
      ]);
      expect(turns(host)).toHaveLength(1);
      expect(host.names().filter((name) => name === 'commitWork')).toHaveLength(1);
      expect(host.calls.filter(({ name }) => name === 'prepareWork').map(({ step }) => step)).toMatchObject([
        {},
        { set_up: true },
        { set_up: true },
      ]);
      expect(await shown(job)).toMatchObject({ attempt: 3, checks: [{}, {}, {}, {}] });
    });

    test('in the turn that fixes something is told the same again, under the same id, and nothing else', async () => {
      const isLost = once();
      const host = await world.host({
        ...profileWith({ verify }, { stays: true }),
        ...testsFail(1),
        runAgent: ({ fix }, seat) => {
          if (fix === undefined || !isLost()) return answerOf(seat);
          seat.lose();
          return never;
        },
      });
      await world.decide();
      await (await world.job()).result();
      const [first, second, third, ...rest] = turns(host);
      expect([first?.fix, rest]).toEqual([undefined, []]);
      expect(second?.fix).toBeDefined();
      expect(third?.fix).toEqual(second?.fix);
      expect(ran(host)).toEqual(['1 npm run lint', '1 npm test', '2 npm run lint', '2 npm test']);
      expect(host.names().filter((name) => name === 'restoreWork')).toHaveLength(2);
    });

    test('that waits for the limit of its model in that turn goes on with it', async () => {
      const isLimited = once();
      const host = await world.host({
        ...profileWith({ verify }, { stays: true }),
        ...testsFail(1),
        runAgent: ({ fix }, seat) => {
          if (fix !== undefined && isLimited()) throw failure('rate_limited', [{ retry_after_ms: 0 }], false);
          return answerOf(seat);
        },
      });
      await world.decide();
      const job = await world.job();
      await job.result();
      const ids = turns(host).map(({ fix }) => fix?.id);
      expect(ids).toEqual([undefined, expect.any(String), ids[1]]);
      expect(await shown(job)).toMatchObject({ attempt: 2, num_turns: 2 });
    });

    test('for one with another disk has all of it done there', async () => {
      const { promise: lost, resolve } = deferred();
      const first = await world.host({
        ...profileWith({ setup, verify }),
        restoreWork: (_step, seat) => {
          seat.lose();
          resolve();
          return never;
        },
      });
      await world.decide();
      const job = await world.job();
      await lost;
      await first.stop();
      const second = await world.host(profileWith({ setup, verify }), { disk: 'disk-2' });
      await job.result();
      expect(ran(second)).toEqual(ran(first));
      expect(turns(second)).toHaveLength(1);
      expect((await shown(job)).checks).toHaveLength(4);
    });

    test('after the last command runs none of them again', async () => {
      const isLost = once();
      const host = await world.host({
        ...profileWith({ verify }, { stays: true }),
        deliver: (_step, seat) => {
          if (!isLost()) return delivered;
          seat.lose();
          return never;
        },
      });
      await world.decide();
      await (await world.job()).result();
      expect(ran(host)).toEqual(['1 npm run lint', '1 npm test']);
      expect(turns(host)).toHaveLength(1);
    });
  });
});
