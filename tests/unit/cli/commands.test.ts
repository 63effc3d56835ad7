import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCli, startCli } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { delivered, failed } from '../../support/records.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

describe('agenticore submit', () => {
  test('prints only the id, and sends the API key and the idempotency key', async () => {
    const args = ['submit', 'fix it', '--idempotency-key', 'k-1'];
    const { code, stdout } = await runCli(api.url, args, { env: { AGENTICORE_API_KEY: 'secret' } });
    expect(stdout).toBe(`${[...api.jobs.keys()][0] ?? ''}\n`);
    expect(api.seen[0]?.headers).toMatchObject({ 'x-api-key': 'secret', 'idempotency-key': 'k-1' });
    expect(code).toBe(0);
  });

  test('--wait ends with the result and exits 1 for a failed job', async () => {
    const cli = startCli(api.url, ['submit', 'fix it', '-w']);
    await cli.says('\n');
    api.change([...api.jobs.keys()][0] ?? '', failed());
    const { code, stdout } = await cli.ended;
    expect(stdout).toContain('(push_rejected)');
    expect(code).toBe(1);
  });

  test('accepts a task that starts with a dash after --, and reads it from stdin for -', async () => {
    await runCli(api.url, ['submit', '--', '--help me']);
    await runCli(api.url, ['submit', '-'], { stdin: 'a long\ntask' });
    expect(api.seen.map(({ body }) => body)).toEqual([{ task: '--help me' }, { task: 'a long\ntask' }]);
  });

  test('makes the path of a local repository absolute', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'agenticore-repo-'));
    await runCli(api.url, ['submit', 'fix it', '-r', relative(process.cwd(), dir)]);
    await rm(dir, { recursive: true });
    expect(api.seen[0]?.body).toEqual({ task: 'fix it', repo_url: dir });
  });

  test('prints the error of the server and names commands in the next step, and exits 2', async () => {
    api.refuse = () => ({
      status: 400,
      code: 'profile_not_found',
      error: 'profile: there is none called x',
      next_step: 'Choose one of `GET /profiles`.',
    });
    const plain = await runCli(api.url, ['submit', 'fix it', '-p', 'x']);
    expect(plain).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: profile: there is none called x\nChoose one of `agenticore profiles`.\n',
    });
    const { code, stdout } = await runCli(api.url, ['submit', 'fix it', '-p', 'x', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      success: false,
      code: 'profile_not_found',
      error: 'profile: there is none called x',
      next_step: 'Choose one of `agenticore profiles`.',
    });
    expect(code).toBe(2);
  });
});

describe('agenticore jobs and job', () => {
  test('jobs prints whole ids into a pipe, one job per line', async () => {
    const job = api.add({ ...delivered(), task: 'first\nsecond', repo_url: 'https://github.com/org/repo.git' });
    const { stdout } = await runCli(api.url, ['jobs', '-n', '5', '-s', 'succeeded']);
    expect(stdout).toMatch(/^ID +STATUS +STAGE +PROFILE +REPO +AGE +COST +TASK\n/);
    expect(stdout).toMatch(new RegExp(`\n${job.id}  succeeded  -      code     org/repo  .* \\$0.42  first second\n$`));
    expect(api.seen[0]?.line).toBe('GET /jobs?limit=5&status=succeeded');
  });

  test('jobs filters by repository, profile and time', async () => {
    const filters = ['--repo', 'https://github.com/org/repo', '-p', 'code', '--since', '2026-01-31T08:00+01:00'];
    await runCli(api.url, ['jobs', ...filters]);
    await runCli(api.url, ['jobs', '--since', '2026-01-31'], { env: { TZ: 'UTC' } });
    expect(api.seen.map(({ line }) => line)).toEqual([
      'GET /jobs?limit=20&profile=code&since=2026-01-31T07%3A00%3A00.000Z&repo=https%3A%2F%2Fgithub.com%2Forg%2Frepo',
      expect.stringContaining('since=2026-01-31T00%3A00%3A00.000Z'),
    ]);
    expect(await runCli(api.url, ['jobs', '--since', 'yesterday'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--since'),
    });
  });

  test('jobs --json prints the answer of the API', async () => {
    const job = api.add();
    const { stdout } = await runCli(api.url, ['jobs', '--json']);
    expect(JSON.parse(stdout)).toEqual({ success: true, count: 1, jobs: [job], next_cursor: null });
    await runCli('http://127.0.0.1:1', ['jobs', '--url', api.url]);
    expect(api.seen.map(({ line }) => line)).toEqual(['GET /jobs?limit=20', 'GET /jobs?limit=20']);
  });

  test('a job is found by the first characters of its id if they are unique', async () => {
    const job = api.add({ id: 'abcd1111-0000-4000-8000-000000000000', output: 'It was a typo.' });
    api.add({ id: 'abcd2222-0000-4000-8000-000000000000' });
    const found = await runCli(api.url, ['job', 'abcd1']);
    expect(found.stdout).toContain(job.id);
    expect(found.stdout).toContain('It was a typo.');
    expect(await runCli(api.url, ['job', 'abcd'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('2 jobs have an id that starts with abcd'),
    });
    expect(await runCli(api.url, ['job', 'ffff'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no job whose id starts with ffff'),
    });
  });

  test('a job that does not exist exits 1', async () => {
    const { code, stderr } = await runCli(api.url, ['job', 'abcd1111-0000-4000-8000-000000000000']);
    expect(stderr).toBe(
      'error: there is no job abcd1111-0000-4000-8000-000000000000\nFind the job with `agenticore jobs`.\n',
    );
    expect(code).toBe(1);
  });
});

describe('agenticore logs', () => {
  test('prints all pages of events after the cursor', async () => {
    const { id } = api.add();
    await api.log.append(
      id,
      [1, 2, 3, 4, 5].map((n) => ({ type: 'text', text: `block ${n}` })),
    );
    const { code, stdout } = await runCli(api.url, ['logs', id, '--cursor', '1']);
    expect(stdout).toBe('block 2\nblock 3\nblock 4\nblock 5\n');
    expect(code).toBe(0);
  });

  test('-f follows the events until the job has ended', async () => {
    const { id } = api.add();
    await api.log.append(id, [{ type: 'text', text: 'one' }]);
    const cli = startCli(api.url, ['logs', id, '-f', '--json']);
    await cli.says('one');
    await api.log.append(id, [{ type: 'ended', status: 'failed' }]);
    const { code, stdout } = await cli.ended;
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { seq: number }).seq),
    ).toEqual([1, 2]);
    expect(code).toBe(0);
  });

  test('prints no control character of an agent or a tool, not even in JSON', async () => {
    const { id } = api.add();
    const evil = '\u001b]0;title\u0007\u001b[2Jwiped\u009b31m\u202egnp.exe\r\u0008hidden';
    await api.log.append(id, [
      { type: 'text_delta', text: `${evil}\n` },
      { type: 'tool_use', id: 't', name: `Ba\u001b[1msh`, input: { command: evil }, parent_id: null },
      { type: 'tool_result', id: 't', is_error: true, content: evil, truncated_bytes: 0 },
      { type: 'warning', message: evil },
    ]);
    const plain = await runCli(api.url, ['logs', id]);
    expect(plain.stdout).toContain('wiped');
    expect(plain.stdout).toContain('▶ Bash `');
    expect(plain.stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    const machine = await runCli(api.url, ['logs', id, '--json']);
    expect(machine.stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(machine.stdout.split('\n')[0] ?? '')).toMatchObject({ event: { text: `${evil}\n` } });
  });

  test('uses colours only with FORCE_COLOR and without NO_COLOR', async () => {
    const { id } = api.add();
    await api.log.append(id, [{ type: 'warning', message: 'low disk' }]);
    const colored = await runCli(api.url, ['logs', id], { env: { FORCE_COLOR: '1' } });
    const plain = await runCli(api.url, ['logs', id], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    const piped = await runCli(api.url, ['logs', id], { env: { CI: '1' } });
    expect(colored.stdout).toBe('\u001b[33m! low disk\u001b[39m\n');
    expect([plain.stdout, piped.stdout]).toEqual(['! low disk\n', '! low disk\n']);
  });
});

describe('agenticore cancel', () => {
  test('waits from cancelling to cancelled', async () => {
    const { id } = api.add({ status: 'running' });
    api.onCancel = () => api.change(id, { status: 'cancelling' });
    const cli = startCli(api.url, ['cancel', id]);
    await cli.says(`${id} cancelling`);
    api.change(id, { status: 'cancelled', ended_at: new Date().toISOString() });
    const { code, stdout } = await cli.ended;
    expect(stdout).toBe(`${id} cancelled\n`);
    expect(code).toBe(0);
  });

  test('exits 1 for a job that was not cancelled', async () => {
    const { id } = api.add(delivered());
    expect(await runCli(api.url, ['cancel', id])).toEqual({ code: 1, stdout: `${id} succeeded\n`, stderr: '' });
  });
});

describe('agenticore status and profiles', () => {
  test('status prints the server, its version and the Temporal Web UI', async () => {
    const { stdout } = await runCli(api.url, ['status', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      success: true,
      problems: [],
      url: api.url,
      version: '0.1.0',
      temporal: 'ok',
      ui_url: 'http://127.0.0.1:8233',
    });
  });

  test('status exits 2 when the server answers but its Temporal does not', async () => {
    api.refuse = (line) =>
      line.startsWith('GET /jobs')
        ? { status: 503, code: 'engine_unavailable', error: 'the Temporal server does not answer' }
        : undefined;
    const { code, stdout } = await runCli(api.url, ['status']);
    expect(stdout).toMatch(/Temporal +the Temporal server does not answer/);
    expect(code).toBe(2);
  });

  test('profiles lists the profiles that a job can use', async () => {
    const { stdout } = await runCli(api.url, ['profiles']);
    expect(stdout).toMatch(/^NAME .*\ncode +claude +sonnet +80 +1h 0m +bypassPermissions +yes +Writes code\.\n$/);
  });
});
