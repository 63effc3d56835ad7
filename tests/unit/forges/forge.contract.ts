import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Failure } from '../../../contract/shared/failures.ts';
import type { Forge, PullRequestPlan } from '../../../forges/forge.ts';
import type { StandIn } from '../../support/forges/stand-in.ts';

export interface Bench {
  standIn: StandIn;
  /** The forge of the repository at that path, reached with that token. */
  forge: (path?: string, token?: string) => Forge;
  /** `METHOD /path` of what opens a pull request. */
  opens: RegExp;
  draftPrefix: string;
  /** What a pull request gets by calls of their own, once it is open. */
  later: ('labels' | 'reviewers')[];
}

export const plan = (wish: Partial<PullRequestPlan> = {}): PullRequestPlan => ({
  branch: 'agenticore-1',
  base: 'main',
  title: 'Fix it',
  body: 'It is fixed.',
  draft: false,
  labels: [],
  reviewers: [],
  ...wish,
});

export const failure = async (call: Promise<unknown>): Promise<Failure> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error('expected a Failure', { cause: error });
};

/** What every adapter must do. */
export function describeForge(start: () => Promise<Bench>): void {
  let bench: Bench;
  const app = (): { branches: Map<string, string> } => bench.standIn.state.repo('acme/app') ?? { branches: new Map() };
  const open = (wish: Partial<PullRequestPlan> = {}): ReturnType<Forge['findOrOpenPullRequest']> =>
    bench.forge().findOrOpenPullRequest(plan(wish));
  const pulls = (): StandIn['state']['pulls'] => bench.standIn.state.pulls;

  beforeEach(async () => {
    bench = await start();
    app().branches.set('agenticore-1', 'sha-work');
  });
  afterEach(async () => {
    await bench.standIn.close();
    expect(bench.standIn.unexpected).toEqual([]);
  });

  describe('a pull request', () => {
    test('is opened as it was planned, and found the next time', async () => {
      const opened = await open();
      expect(opened).toEqual({
        url: expect.stringContaining('/acme/app/'),
        number: 1,
        state: 'open',
        opened: true,
        warnings: [],
      });
      expect(new URL(opened.url).origin).toBe(bench.standIn.origin);
      expect(pulls()).toEqual([
        expect.objectContaining({
          repo: 'acme/app',
          branch: 'agenticore-1',
          base: 'main',
          title: 'Fix it',
          body: 'It is fixed.',
          draft: false,
        }),
      ]);
      expect(await open({ title: 'Another title' })).toEqual({ ...opened, opened: false });
      expect(pulls()).toHaveLength(1);
    });

    test('of ours whose opener did not come to give it everything gets the rest the next time', async () => {
      await open({ draft: true });
      const wish = { draft: true, labels: ['bot'], reviewers: ['ada', 'nobody'] };
      const nobody = bench.later.includes('reviewers')
        ? [expect.stringContaining('Could not request a review from nobody')]
        : [];
      for (let time = 1; time <= 2; time++)
        expect(await open(wish)).toMatchObject({ number: 1, opened: false, warnings: nobody });
      const [pull] = pulls();
      expect(pull?.labels).toEqual(bench.later.includes('labels') ? ['bot'] : []);
      expect(pull?.reviewers).toEqual(bench.later.includes('reviewers') ? ['ada'] : []);
    });

    test('of somebody else stays as it is', async () => {
      await open({ title: 'By hand' });
      expect(await open({ labels: ['bot'], reviewers: ['ada'] })).toMatchObject({ number: 1, warnings: [] });
      expect(pulls()).toMatchObject([{ title: 'By hand', labels: [], reviewers: [] }]);
    });

    test('of another branch, another base or another repository with a branch of that name is not taken for it', async () => {
      const { state } = bench.standIn;
      state.add('ada/app', { forkOf: 'acme/app', branches: new Map([['agenticore-1', 'sha-ada']]) });
      app().branches.set('agenticore-10', 'sha-x');
      const usual = {
        repo: 'acme/app',
        headRepo: 'acme/app',
        title: '',
        body: '',
        draft: false,
        labels: [],
        reviewers: [],
      };
      state.pull({ ...usual, branch: 'agenticore-10', base: 'main' });
      state.pull({ ...usual, branch: 'agenticore-1', base: 'release' });
      state.pull({ ...usual, branch: 'agenticore-1', base: 'main', headRepo: 'ada/app' });
      expect(await open()).toMatchObject({ number: 4, opened: true });
    });

    test('that another process opens at the same moment is found', async () => {
      const other = { repo: 'acme/app', headRepo: 'acme/app', branch: 'agenticore-1', base: 'main' };
      bench.standIn.before(bench.opens, () => {
        bench.standIn.state.pull({ ...other, title: 'first', body: '', draft: false, labels: [], reviewers: [] });
      });
      expect(await open()).toMatchObject({ number: 1, state: 'open', opened: false });
      expect(pulls().map(({ title }) => title)).toEqual(['first']);
    });

    test('that was opened although the answer was lost is found by the next try', async () => {
      await open();
      bench.standIn.fail(502, 1);
      expect((await failure(open())).type).toBe('forge_unavailable');
      expect(await open()).toMatchObject({ number: 1, opened: false });
    });

    test('that was merged as the branch stands is given, and a new one is opened for later commits', async () => {
      await open();
      Object.assign(pulls()[0] ?? {}, { state: 'merged' });
      expect(await open()).toMatchObject({ number: 1, state: 'merged', opened: false });
      app().branches.set('agenticore-1', 'sha-more');
      expect(await open()).toMatchObject({ number: 2, state: 'open', opened: true });
    });

    test('that was closed gives way to a new one', async () => {
      await open();
      Object.assign(pulls()[0] ?? {}, { state: 'closed' });
      expect(await open()).toMatchObject({ number: 2, state: 'open', opened: true });
    });

    test('comes from a fork', async () => {
      const fork = await bench.forge().fork();
      bench.standIn.state.repo('robot/app')?.branches.set('feature/one', 'sha-fork');
      const wish = { branch: 'feature/one', headOwner: fork.owner };
      expect(await open(wish)).toMatchObject({ opened: true });
      expect(pulls()).toEqual([
        expect.objectContaining({ repo: 'acme/app', headRepo: 'robot/app', branch: 'feature/one' }),
      ]);
      expect(await open(wish)).toMatchObject({ number: 1, opened: false });
    });

    test('is a draft with labels and reviewers where the plan says so', async () => {
      expect(await open({ draft: true, labels: ['bot', 'fleet'], reviewers: ['ada', 'grace'] })).toMatchObject({
        warnings: [],
      });
      expect(pulls()).toEqual([expect.objectContaining({ draft: true, title: `${bench.draftPrefix}Fix it` })]);
      expect([pulls()[0]?.labels, pulls()[0]?.reviewers]).toEqual([
        ['bot', 'fleet'],
        ['ada', 'grace'],
      ]);
    });

    test('is opened with a warning where a reviewer is nobody, and the others are asked', async () => {
      const { opened, warnings } = await open({ reviewers: ['nobody', 'ada'] });
      expect([opened, warnings]).toEqual([true, [expect.stringContaining('Could not request a review from nobody')]]);
      expect(pulls()[0]?.reviewers).toEqual(['ada']);
    });

    test('into a branch that is not there is refused for good', async () => {
      const refused = await failure(open({ base: 'trunk' }));
      expect(refused.type).toBe('pull_request_rejected');
      expect(refused.message).toContain('has no branch trunk to merge into');
    });

    test('of a branch that the forge does not know yet is worth another try, in the words of the forge', async () => {
      const refused = await failure(open({ branch: 'gone' }));
      expect(refused.type).toBe('forge_not_ready');
      expect(refused.message).toMatch(/^Could not open the (pull|merge) request on Git/);
      expect(pulls()).toEqual([]);
    });
  });

  describe('the repository', () => {
    test('may be pushed to by who has the right, unless it is archived', async () => {
      expect(await bench.forge().canPush()).toBe(true);
      Object.assign(app(), { archived: true });
      expect(await bench.forge().canPush()).toBe(false);
      bench.standIn.state.add('acme/readonly', { mayPush: false });
      expect(await bench.forge('acme/readonly').canPush()).toBe(false);
    });

    test('is forked once, and its clone URL is on the same host', async () => {
      const first = await bench.forge().fork();
      expect(first).toEqual({ url: `${bench.standIn.origin}/robot/app.git`, owner: 'robot' });
      expect(await bench.forge().fork()).toEqual(first);
      expect(bench.standIn.state.repos.filter(({ forkOf }) => forkOf === 'acme/app')).toHaveLength(1);
    });

    test.each(['acme/new', 'robot/new'])('%s is made where there is none, once', async (path) => {
      expect(await bench.forge(path).createRepository({ private: true })).toEqual({ created: true });
      expect(bench.standIn.state.repo(path)).toMatchObject({ private: true });
      expect(await bench.forge(path).createRepository({ private: false })).toEqual({ created: false });
      expect(bench.standIn.state.repo(path)).toMatchObject({ private: true });
    });

    test('that somebody else makes at the same moment is left as it is', async () => {
      bench.standIn.before(
        /^POST .*(repos|projects)$/,
        () => void bench.standIn.state.add('acme/new', { private: false }),
      );
      expect(await bench.forge('acme/new').createRepository({ private: true })).toEqual({ created: false });
      expect(bench.standIn.state.repo('acme/new')).toMatchObject({ private: false });
    });
  });

  describe('a call', () => {
    test.each([
      [500, 'forge_unavailable'],
      [503, 'forge_unavailable'],
      [401, 'forge_auth_failed'],
      [403, 'forge_auth_failed'],
      [404, 'forge_auth_failed'],
      [301, 'repo_not_found'],
      [418, 'pull_request_rejected'],
    ] as const)('that is answered %i fails with %s, and is not made again', async (status, type) => {
      bench.standIn.fail(status, 9, {
        headers: status === 301 ? { location: `${bench.standIn.origin}/elsewhere` } : {},
      });
      const calls = bench.standIn.calls.length;
      expect((await failure(open())).type).toBe(type);
      expect(bench.standIn.calls).toHaveLength(calls + 1);
    });

    test('that the forge takes ill fails with forge_rejected where no pull request is meant', async () => {
      bench.standIn.fail(418, 1);
      expect((await failure(bench.forge().canPush())).type).toBe('forge_rejected');
    });

    test('with a token that is none fails with forge_auth_failed', async () => {
      expect((await failure(bench.forge('acme/app', 'wrong').canPush())).type).toBe('forge_auth_failed');
    });

    test('beyond the rate limit says how long to wait', async () => {
      bench.standIn.fail(429, 1, { headers: { 'retry-after': '7' } });
      expect(await failure(open())).toMatchObject({ type: 'forge_rate_limited', retryAfterMs: 7_000 });
      bench.standIn.rateLimit(Date.now() + 600_000);
      const { type, retryAfterMs = 0 } = await failure(bench.forge().canPush());
      expect([type, retryAfterMs > 300_000, retryAfterMs <= 601_000]).toEqual(['forge_rate_limited', true, true]);
    });

    test('that is answered by something else than the API fails with forge_unavailable', async () => {
      bench.standIn.fail(200, 1, { body: '<html>Log in</html>' });
      expect((await failure(bench.forge().canPush())).type).toBe('forge_unavailable');
      bench.standIn.fail(200, 1, { body: {} });
      expect((await failure(open())).type).toBe('forge_unavailable');
    });

    test('to a host that is down fails with forge_unavailable', async () => {
      await bench.standIn.close();
      expect((await failure(open())).type).toBe('forge_unavailable');
      bench.standIn.close = () => Promise.resolve();
    });

    test('ends with the reason of its signal', async () => {
      const arrived = bench.standIn.hang();
      const stop = new AbortController();
      const ended = bench
        .forge()
        .canPush(stop.signal)
        .catch((reason: unknown) => reason);
      await arrived;
      stop.abort(new Error('enough'));
      expect(await ended).toEqual(new Error('enough'));
    });

    test('fails without the token in its text, whatever the forge says', async () => {
      bench.standIn.fail(400, 1, { body: { message: 'no: user-token\u001b[31m\n from https://u:pw@h/x' } });
      const { message } = await failure(open());
      expect(message).toContain('no: ***');
      expect(message).not.toMatch(/user-token|pw@|[\u0000-\u001f]/);
      const odd = await failure(bench.forge('acme/app', 'user-\ntoken').canPush());
      expect(odd.type).toBe('forge_auth_failed');
      expect(odd.message).not.toContain('user-');
    });
  });

  test('git is given the token as password', async () => {
    expect(await bench.forge().gitCredentials()).toMatchObject({ password: 'user-token' });
  });
}
