import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunRecord } from '../../../contract/http/run.ts';
import type { SessionRecord } from '../../../contract/http/session.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { runCli, startCli, type Ended } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { newApproval } from '../../support/session-records.ts';

let api: FakeApi;
let session: SessionRecord;
let run: RunRecord;
beforeEach(async () => {
  api = await FakeApi.start();
  session = api.sessions.add({ title: 'the parser', cost_usd: 0.5 });
  run = api.sessions.addRun(session, { text: 'look at it' });
});
afterEach(() => api.stop());

const agenticore = (...args: string[]): Promise<Ended> => runCli(api.url, ['session', ...args]);
const short = (): string => session.id.slice(0, 8);
const end = (status: RunRecord['status'], fields: Partial<RunRecord> = {}): void =>
  api.sessions.change(run, { status, ended_at: new Date().toISOString(), ...fields });

describe('session create, list and show', () => {
  test('create prints the id alone, and sends the options as the API names them', async () => {
    const options = ['--repo', 'https://h/o/r', '-p', 'code', '--approvals', 'ask', '--max-budget-usd', '0.5'];
    const { code, stdout } = await agenticore('create', ...options, '--approval-timeout-s', '60');
    expect(stdout.trim()).toBe([...api.sessions.sessions.keys()].at(-1));
    expect(api.seen.at(-1)?.body).toEqual({
      repo_url: 'https://h/o/r',
      profile: 'code',
      approvals: 'ask',
      max_budget_usd: 0.5,
      approval_timeout_s: 60,
    });
    expect(code).toBe(0);
  });

  test('list is a table, and with --json the page of the API', async () => {
    const { stdout } = await agenticore('list');
    expect(stdout).toMatch(/^ID +STATUS +PROFILE +RUNS +WAITING +AGE +COST +TITLE\n/);
    expect(stdout).toMatch(new RegExp(`^${session.id} +idle +code +1 +0 +\\d+ \\w+ +\\$0.50 +the parser$`, 'm'));
    expect(JSON.parse((await agenticore('list', '--json')).stdout)).toMatchObject({ success: true, count: 1 });
  });

  test('show takes the first characters of the id', async () => {
    Object.assign(session, { pending_approvals: ['apr_1'], error: 'it broke', error_code: 'agent_failed' });
    const { stdout } = await agenticore('show', short());
    expect(stdout).toMatch(new RegExp(`^${session.id} idle\n +title +the parser\n`));
    expect(stdout).toMatch(/to approve +apr_1\n[^]*error +it broke \(agent_failed\)\n/);
  });

  test('a session that is not there exits 1 and says how to list them', async () => {
    const { code, stderr } = await agenticore('show', '00000000');
    expect(stderr).toContain('There is no session whose id starts with 00000000.\nList them: agenticore session list');
    expect(code).toBe(1);
  });
});

describe('session send', () => {
  test('prints the id of the run, and each message has a key of its own', async () => {
    const { stdout } = await agenticore('send', short(), 'go on', '--mode', 'steer');
    await agenticore('send', short(), 'go on');
    expect(stdout).toBe(`${session.id}.2\n`);
    const sent = api.seen
      .filter(({ line }) => line.startsWith('POST'))
      .map(({ body }) => body as Record<string, string>);
    expect(sent[0]).toMatchObject({ text: 'go on', mode: 'steer' });
    expect(sent[0]?.idempotency_key).not.toBe(sent[1]?.idempotency_key);
  });

  test('--wait prints what the agent says, - reads the text from stdin', async () => {
    api.sessions.onMessage = (asked) =>
      api.sessions.change(asked, { status: 'succeeded', output: 'hi', ended_at: new Date().toISOString() });
    const { code, stdout } = await runCli(api.url, ['session', 'send', short(), '-', '--wait'], { stdin: 'say hi' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hi\n' });
    expect(api.seen.find(({ line }) => line.startsWith('POST'))?.body).toMatchObject({ text: 'say hi' });
  });
});

describe('session deliver', () => {
  test('prints the id of the run, and sends the title and the key', async () => {
    const { code, stdout } = await agenticore(
      'deliver',
      short(),
      '--title',
      'the second step',
      '--idempotency-key',
      'd2',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${session.id}.2\n` });
    expect(api.seen.at(-1)).toMatchObject({
      line: `POST /sessions/${session.id}/deliver`,
      body: { title: 'the second step', idempotency_key: 'd2' },
    });
  });

  test('--wait prints where the work is, and exits 1 with the reason where it is not delivered', async () => {
    const ended_at = new Date().toISOString();
    api.sessions.onMessage = (asked) =>
      api.sessions.change(asked, { status: 'succeeded', output: 'https://h/o/r/pull/1', ended_at });
    const { code, stdout } = await agenticore('deliver', short(), '--wait');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'https://h/o/r/pull/1\n' });
    api.sessions.onMessage = (asked) =>
      api.sessions.change(asked, { status: 'failed', error: 'it was refused', error_code: 'push_rejected', ended_at });
    const failed = await agenticore('deliver', short(), '--wait');
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toContain('failed: it was refused (push_rejected)');
  });
});

describe('runs of a session', () => {
  test('a session stands for its last run', async () => {
    end('succeeded', { output: 'done' });
    expect((await agenticore('run', short())).stdout).toMatch(
      new RegExp(`^${run.id} succeeded\n +message +look at it\n[^]*output +done\n$`),
    );
    expect((await agenticore('wait', `${short()}.1`)).stdout).toBe('done\n');
    expect((await agenticore('runs', short())).stdout).toMatch(/\n1 +succeeded +.* +- +look at it\n$/);
  });

  test('wait exits 1 for a run that failed, with the reason and the next step', async () => {
    end('failed', { error: 'it broke', error_code: 'agent_failed', next_step: 'Send the message again.' });
    const { code, stdout, stderr } = await agenticore('wait', run.id);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`${run.id} failed: it broke (agent_failed)\nSend the message again.\n`);
  });

  test('wait exits 124 when the time is over first', async () => {
    const { code, stderr } = await agenticore('wait', run.id, '--timeout-s', '0.1');
    expect({ code, stderr }).toEqual({
      code: 124,
      stderr: `${run.id} queued. Wait for it: agenticore session wait ${run.id}\n`,
    });
  });

  test('a session without runs has none to wait for', async () => {
    const other = api.sessions.add();
    const { code, stderr } = await agenticore('wait', other.id);
    expect(stderr).toContain(`Session ${other.id} has had no run yet.`);
    expect(code).toBe(1);
  });

  test('cancel and diagnose say what they did and found', async () => {
    expect((await agenticore('diagnose', run.id)).stdout).toMatch(
      /issue +none\n +worker +1@h1 is alive\n +workers +1, with 4 seats\n +queue +1 running, 2 waiting\n/,
    );
    expect((await agenticore('cancel', run.id)).stdout).toBe(`${run.id} cancelled\n`);
  });
});

describe('session events', () => {
  const EVENTS: StreamEvent[] = [
    { type: 'user_message', id: 'm1', text: 'look\nat it', truncated_bytes: 0 },
    { type: 'started', session_id: 's', model: 'opus', resumed: true, tools: [], version: '1' },
    { type: 'text', text: 'I look.' },
    { type: 'approval_decided', id: 'a', name: 'Bash', decision: 'denied', by: 'ada', via: 'cli', reason: 'no' },
    { type: 'escalation', from_session_id: 'c', from_run_id: 'c.1', request_kind: 'question', text: 'May I?' },
    { type: 'child_run_ended', session_id: 'c', run_id: 'c.1', status: 'succeeded', text: 'done' },
  ];

  test('show the messages, the words of the agent, decisions and what children say', async () => {
    await api.log.append(session.id, EVENTS);
    expect((await agenticore('events', short())).stdout).toBe(
      [
        '› look',
        '  at it',
        'I look.',
        '✗ Bash was denied by ada, cli: no',
        '⑂ question of child c.1: May I?',
        '⑂ child c.1 succeeded: done',
        '',
      ].join('\n'),
    );
  });

  test('--follow goes on when the server was away, and ends when the session is closed', async () => {
    const following = startCli(api.url, ['session', 'events', session.id, '--follow', '--json']);
    await api.log.append(session.id, EVENTS.slice(0, 1));
    await following.says('look');
    await api.drop();
    await following.says('does not answer');
    await api.listen();
    await api.log.append(session.id, [{ type: 'session_closed' }]);
    const { code, stdout } = await following.ended;
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { seq: number }).seq),
    ).toEqual([1, 2]);
    expect(code).toBe(0);
  });
});

describe('approvals', () => {
  test('are listed with what the tool is to do, and decided by the beginning of their id', async () => {
    const asked = newApproval(run, 'rm -rf tmp');
    api.sessions.approvals.set(asked.id, asked);
    expect((await agenticore('approvals', short())).stdout).toMatch(
      new RegExp(`\n${asked.id} +${session.id} +pending +.* +Bash +rm -rf tmp\n$`),
    );
    const denied = await agenticore('deny', asked.id.slice(0, 10), '--reason', 'not that', '--remember');
    expect(denied.stdout).toBe(`${asked.id} denied\n`);
    expect(api.seen.at(-1)?.body).toEqual({ decision: 'deny', reason: 'not that', remember: true });
    const late = await agenticore('approve', asked.id);
    expect([late.code, late.stderr]).toEqual([2, 'error: it was denied\n']);
    expect((await agenticore('approvals')).stderr).toBe('No approval is pending.\n');
  });
});

test('spawn prints the run of the child, and reply-parent tells its parent', async () => {
  const child = (await agenticore('spawn', short(), 'write tests', '--title', 'tests')).stdout.trim();
  expect(api.sessions.runs.get(child)).toMatchObject({ text: 'write tests' });
  expect(api.seen.at(-1)?.body).toMatchObject({ task: 'write tests', title: 'tests', wake: true });
  await agenticore('reply-parent', child, 'May I?', '--request-kind', 'question');
  expect(api.seen.at(-1)).toMatchObject({
    line: `POST /runs/${child}/reply-parent`,
    body: { text: 'May I?', request_kind: 'question' },
  });
});

test('close prints what became of the session', async () => {
  expect((await agenticore('close', short())).stdout).toBe(`${session.id} closed\n`);
});
