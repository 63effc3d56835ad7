import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { runCli, startCli } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { delivered, failed } from '../../support/records.ts';

const WORK: StreamEvent[] = [
  { type: 'stage', stage: 'running_agent', host: 'h1' },
  { type: 'text_delta', text: 'I look at ' },
  { type: 'text_delta', text: 'the test.' },
  { type: 'text', text: 'I look at the test.' },
  { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'npm test', description: 'tests' }, parent_id: null },
  { type: 'tool_result', id: 't1', is_error: false, content: '1 passed\nin 2 s', truncated_bytes: 0 },
];

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

/** Lets every submitted job do WORK and end with `fields`. */
const worksAndEnds = (fields: () => ReturnType<typeof delivered>): void => {
  api.onSubmit = async ({ id }) => {
    const end = fields();
    await api.log.append(id, [...WORK, { type: 'ended', status: end.status ?? 'succeeded' }]);
    api.change(id, end);
  };
};

describe('agenticore run', () => {
  test('shows stages, text and tools in order, ends with the result, and exits 0', async () => {
    worksAndEnds(delivered);
    const { code, stdout } = await runCli(api.url, [
      'run',
      'fix it',
      '--repo',
      'https://github.com/org/repo',
      '-p',
      'code',
      '--base-ref',
      'main',
    ]);
    expect(stdout).toContain(
      '● running the agent on h1\nI look at the test.\n▶ Bash `npm test`\n  ⎿ 1 passed (1 more line)\n',
    );
    expect(stdout).toMatch(
      /✓ succeeded after .*\n +branch +agenticore-1a2b3c4d\n +commit +0123456789abcdef0123456789abcdef01234567\n/,
    );
    expect(stdout).toMatch(/cost +\$0.42, 7 turns, 1,034 tokens in, 200 out/);
    expect(api.seen[0]?.body).toEqual({
      task: 'fix it',
      repo_url: 'https://github.com/org/repo',
      profile: 'code',
      base_ref: 'main',
    });
    expect(code).toBe(0);
  });

  test('sends the options of the job as the API names them', async () => {
    worksAndEnds(delivered);
    const session = '0a2b4c6d-1111-4222-8333-444455556666';
    const spent = [
      '--agent',
      'claude',
      '--model',
      'opus',
      '--timeout',
      '60',
      '--max-budget-usd',
      '0.5',
      '--priority',
      '1',
    ];
    await runCli(api.url, ['run', 'fix it', ...spent, '--session-id', session, '--file-path', 'clock.json']);
    expect(api.seen[0]?.body).toEqual({
      task: 'fix it',
      agent: 'claude',
      model: 'opus',
      timeout: 60,
      max_budget_usd: 0.5,
      priority: 1,
      session_id: session,
      file_path: 'clock.json',
    });
  });

  test('exits 1 when the job fails, with the error and the next step', async () => {
    worksAndEnds(failed);
    const { code, stdout } = await runCli(api.url, ['run', 'fix it']);
    expect(stdout).toMatch(/✗ failed while delivering the branch after /);
    expect(stdout).toMatch(
      /error +the remote refused the branch \(push_rejected\)\n +next +Allow the branch on the remote/,
    );
    expect(code).toBe(1);
  });

  test('ends with the pull request, alone on its line', async () => {
    worksAndEnds(() => ({ ...delivered(), pr_url: 'https://github.com/org/repo/pull/7' }));
    const { stdout } = await runCli(api.url, ['run', 'fix it']);
    expect(stdout).toMatch(/\n\npull request {2}https:\/\/github\.com\/org\/repo\/pull\/7\n$/);
  });

  test.each([
    ['a commit in a worktree', { sha: 'ab'.repeat(20), worktree_path: '/data/w1' }, 'commit abababab in /data/w1'],
    ['files without a commit', { worktree_path: '/data/w1' }, "the agent's files in /data/w1"],
    ['a pushed branch', { branch: 'agenticore-1a2b3c4d' }, 'the pushed branch'],
  ])('shows that a failed job left %s, and ends with the command for a retry', async (_, fields, words) => {
    worksAndEnds(() => ({ ...failed(), ...fields }));
    const { stdout } = await runCli(api.url, ['run', 'fix it']);
    const [id = ''] = [...api.jobs.keys()];
    expect(stdout).toMatch(new RegExp(`\\n +kept +${words}\\n +retry +agenticore retry ${id}\\n$`));
  });

  test('offers no retry for a failed job that left nothing', async () => {
    worksAndEnds(failed);
    expect((await runCli(api.url, ['run', 'fix it'])).stdout).not.toMatch(/kept|agenticore retry/);
  });

  test('prints one JSON value per line with --json: the job, its events, the ended job', async () => {
    worksAndEnds(delivered);
    const { stdout, stderr } = await runCli(api.url, ['run', 'fix it', '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { type?: string; seq?: number; event?: StreamEvent; job?: { status: string } },
      );
    expect(lines.at(0)).toMatchObject({ type: 'submitted', job: { status: 'queued' } });
    expect(lines.slice(1, -1).map(({ event }) => event)).toEqual([...WORK, { type: 'ended', status: 'succeeded' }]);
    expect(lines.at(-1)).toMatchObject({ type: 'job', job: { status: 'succeeded', branch: 'agenticore-1a2b3c4d' } });
    expect(stderr).toBe('');
  });

  test('continues after the last event when the server is killed and started again', async () => {
    const cli = startCli(api.url, ['run', 'fix it']);
    await cli.says('job ');
    const [id = ''] = [...api.jobs.keys()];
    await api.log.append(id, WORK.slice(0, 2));
    await cli.says('I look at ');
    await api.drop();
    await cli.says('does not answer. Retrying');
    await api.log.append(id, [...WORK.slice(2), { type: 'ended', status: 'succeeded' }]);
    api.change(id, delivered());
    await api.listen();
    const { code, stdout, stderr } = await cli.ended;
    expect(stdout.match(/I look at the test\.\n▶ Bash `npm test`/g)).toHaveLength(1);
    expect(stderr).toContain('The server answers again.');
    const streams = api.seen.filter(({ line }) => line.endsWith('/events'));
    expect(streams.map(({ headers }) => headers['last-event-id'])).toEqual(['0', '2']);
    expect(code).toBe(0);
  });

  test('retries while the server answers 503', async () => {
    let refusals = 2;
    api.refuse = (line) =>
      line.endsWith('/events') && refusals-- > 0
        ? { status: 503, code: 'engine_unavailable', error: 'the Temporal server does not answer' }
        : undefined;
    worksAndEnds(delivered);
    const { code, stderr } = await runCli(api.url, ['run', 'fix it']);
    expect(stderr.match(/does not answer\. Retrying/g)).toHaveLength(1);
    expect(code).toBe(0);
  });

  test('ends with the record when the stream ends without a last event', async () => {
    const cli = startCli(api.url, ['run', 'fix it']);
    await cli.says('job ');
    const [id = ''] = [...api.jobs.keys()];
    api.change(id, { status: 'cancelled', ended_at: new Date().toISOString() });
    const { code, stdout } = await cli.ended;
    expect(stdout).toContain('■ cancelled after ');
    expect(code).toBe(1);
  });

  test('waits for the record when the events are on another host', async () => {
    api.refuse = (line) =>
      line.endsWith('/events')
        ? { status: 409, code: 'events_on_other_host', error: 'the events of this job are on h2' }
        : undefined;
    const cli = startCli(api.url, ['run', 'fix it']);
    await cli.says('the events of this job are on h2. Waiting for the job to end.');
    const [id = ''] = [...api.jobs.keys()];
    api.change(id, delivered());
    expect((await cli.ended).code).toBe(0);
  });

  test('stops watching on Ctrl-C, prints how to follow and cancel the job, and exits 130', async () => {
    api.onSubmit = async ({ id }) => void (await api.log.append(id, WORK.slice(0, 1)));
    const cli = startCli(api.url, ['run', 'fix it']);
    await cli.says('running the agent');
    cli.child.kill('SIGINT');
    const { code, stderr } = await cli.ended;
    const [id = ''] = [...api.jobs.keys()];
    expect(stderr).toContain('Stopped watching. The job continues.');
    expect(stderr).toContain(`agenticore logs ${id} -f`);
    expect(stderr).toContain(`agenticore cancel ${id}`);
    expect(stderr).toContain(`temporal workflow cancel --workflow-id ${id}`);
    expect(code).toBe(130);
    expect(api.seen.some(({ line }) => line.startsWith('DELETE'))).toBe(false);
  });

  test('exits silently when its output is closed', async () => {
    const cli = startCli(api.url, ['run', 'fix it']);
    await cli.says('job ');
    cli.child.stdout?.destroy();
    const [id = ''] = [...api.jobs.keys()];
    await api.log.append(id, WORK);
    const { code, stderr } = await cli.ended;
    expect(stderr).toBe('');
    expect(code).toBe(141);
  });
});
