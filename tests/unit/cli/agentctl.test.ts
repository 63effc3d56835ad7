import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunRecord } from '../../../contract/http/run.ts';
import type { SessionRecord } from '../../../contract/http/session.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { startCli, runCli, type Ended } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { freePort } from '../../support/free-port.ts';
import { newApproval } from '../../support/session-records.ts';
import { until } from '../../support/until.ts';

let api: FakeApi;
let session: SessionRecord;
let run: RunRecord;
beforeEach(async () => {
  api = await FakeApi.start();
  session = api.sessions.add();
  run = api.sessions.addRun(session);
});
afterEach(() => api.stop());

const agentctl = (...args: string[]): Promise<Ended> => runCli(api.url, args, { command: 'agentctl' });
const parsed = async (...args: string[]) => {
  const { code, stdout } = await agentctl(...args);
  return { code, reply: JSON.parse(stdout) };
};
const end = (status: RunRecord['status']): void =>
  api.sessions.change(run, { status, ended_at: new Date().toISOString() });

describe('a reply', () => {
  test('is indented JSON, and one line with --format json before or after the verb', async () => {
    const pretty = await agentctl('session', 'get', '--session-id', session.id);
    expect(pretty.stdout).toBe(`${JSON.stringify({ success: true, session }, null, 2)}\n`);
    for (const args of [
      ['--format', 'json', 'session', 'list'],
      ['session', 'list', '--format', 'json'],
    ])
      expect((await agentctl(...args)).stdout).toBe(
        `${JSON.stringify({ success: true, count: 1, sessions: [session], next_cursor: null })}\n`,
      );
  });

  test.each([
    ['session.id', () => session.id],
    ['session.depth', () => '0'],
    ['session.title', () => 'null'],
    ['session.queued_runs', () => '[]'],
    ['session.warnings.0', () => 'unusual'],
  ])('has its field %s printed bare', async (field, value) => {
    session.warnings.push('unusual');
    const { code, stdout } = await agentctl('--field', field, 'session', 'get', '--session-id', session.id);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${value()}\n` });
  });

  test('without the field of --field exits 3 and prints nothing on stdout', async () => {
    const { code, stdout, stderr } = await agentctl('--field', 'session.nope.x', 'session', 'create');
    expect(stderr).toContain('The reply has no field session.nope.x');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });
});

describe('sessions and messages', () => {
  test('session create says what was asked for, and nothing where nothing was', async () => {
    expect((await parsed('session', 'create')).reply).toMatchObject({ success: true, session: { status: 'idle' } });
    expect(api.seen.at(-1)).toMatchObject({ line: 'POST /sessions', body: {} });
    await agentctl('session', 'create', '--title', 'mine', '--repo-url', 'https://h/o/r', '--approvals', 'none');
    expect(api.seen.at(-1)?.body).toEqual({ title: 'mine', repo_url: 'https://h/o/r', approvals: 'none' });
  });

  test('message send gives each message a key of its own, unless one is given', async () => {
    const send = ['message', 'send', '--session-id', session.id, '--text', 'Respond with exactly: hi'];
    const { reply } = await parsed(...send);
    expect(reply).toMatchObject({ message: { role: 'user' }, run: { session_id: session.id, status: 'queued' } });
    await agentctl(...send);
    await agentctl(...send, '--idempotency-key', 'mine');
    const bodies = api.seen.map(({ body }) => body as { idempotency_key: string; text: string; role: string });
    expect(new Set(bodies.map(({ idempotency_key: key }) => key)).size).toBe(3);
    expect(bodies.at(-1)).toEqual({ text: 'Respond with exactly: hi', role: 'user', idempotency_key: 'mine' });
  });

  test('session close closes, with --cancel at once', async () => {
    await agentctl('session', 'close', '--session-id', session.id, '--cancel');
    expect(api.seen.at(-1)).toMatchObject({ line: `POST /sessions/${session.id}/close`, body: { cancel: true } });
    expect(session.status).toBe('closed');
  });
});

describe('run wait', () => {
  const wait = (...args: string[]): Promise<Ended> => agentctl('run', 'wait', '--run-id', run.id, ...args);

  test('waits until the run has ended and exits 0', async () => {
    const waiting = startCli(api.url, ['--field', 'run.status', 'run', 'wait', '--run-id', run.id], {
      command: 'agentctl',
    });
    await until(() => api.seen.length > 0);
    end('succeeded');
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'succeeded\n' });
  });

  test.each(['failed', 'cancelled', 'interrupted', 'expired'] as const)(
    'exits 1 after a run that %s',
    async (status) => {
      end(status);
      const { code, stdout } = await wait();
      expect({ code, timed_out: JSON.parse(stdout).timed_out }).toEqual({ code: 1, timed_out: false });
    },
  );

  test('exits 124 when the time is over first, and prints the run as it is', async () => {
    const { code, stdout } = await wait('--timeout-s', '0.2');
    expect(JSON.parse(stdout)).toMatchObject({ timed_out: true, run: { status: 'queued' } });
    expect(code).toBe(124);
  });

  test('goes on when the daemon was away', async () => {
    const waiting = startCli(api.url, ['run', 'wait', '--run-id', run.id], { command: 'agentctl' });
    await until(() => api.seen.length > 0);
    await api.drop();
    await waiting.says('does not answer');
    end('succeeded');
    await api.listen();
    expect(await waiting.ended).toMatchObject({ code: 0 });
  });
});

test('run get, list, cancel, transition and diagnose ask what they are called', async () => {
  const of = ['--run-id', run.id];
  expect((await parsed('run', 'get', ...of)).reply.run.id).toBe(run.id);
  expect((await parsed('run', 'list', '--session-id', session.id)).reply.count).toBe(1);
  expect((await agentctl('--field', 'diagnostics.queue_counts.queued_count', 'run', 'diagnose', ...of)).stdout).toBe(
    '2\n',
  );
  await agentctl('run', 'transition', ...of, '--to-status', 'canceled');
  expect(api.seen.at(-1)).toMatchObject({ line: `POST /runs/${run.id}/transition`, body: { to_status: 'canceled' } });
  expect((await parsed('run', 'cancel', ...of)).reply.run.status).toBe('cancelled');
  expect((await agentctl('--field', 'alive_workers', 'daemon', 'status')).stdout).toBe('1\n');
});

describe('events', () => {
  const SAID: StreamEvent[] = [
    { type: 'run_started', attempt: 1 },
    { type: 'text', text: 'hi' },
    { type: 'run_ended', result: { status: 'failed', code: 'agent_failed', message: 'it broke' } },
  ];
  beforeEach(() => api.log.append(session.id, SAID));

  test('list prints all, over the pages of the daemon, in the fields of agent-orchestrator', async () => {
    const { reply } = await parsed('events', 'list', '--session-id', session.id);
    expect(reply).toMatchObject({ count: 3, cursor: 3 });
    expect(reply.events[1]).toEqual({
      seq: 2,
      event_type: 'text',
      session_id: session.id,
      run_id: run.id,
      created_at: expect.stringMatching(/^\d{4}-/),
      payload: { text: 'hi' },
    });
  });

  test('of a run that failed are a run.error with the reason', async () => {
    const { reply } = await parsed('events', 'list', '--session-id', session.id, '--cursor', '2');
    expect(reply.events).toMatchObject([{ event_type: 'run.error', payload: { result: { message: 'it broke' } } }]);
  });

  test('list prints no more than --limit', async () => {
    const { reply } = await parsed('events', 'list', '--session-id', session.id, '--limit', '1');
    expect(reply).toMatchObject({ count: 1, cursor: 1 });
  });

  test('tail prints one after the other, and with --field one value per event', async () => {
    const { stdout } = await agentctl('--field', 'event_type', 'events', 'tail', '--session-id', session.id);
    expect(stdout).toBe('run_started\ntext\nrun.error\n');
  });

  test('tail --follow goes on until the session is closed', async () => {
    const args = ['--field', 'payload.text', 'events', 'tail', '--session-id', session.id, '--follow', '--cursor', '3'];
    const following = startCli(api.url, args, { command: 'agentctl' });
    await api.log.append(session.id, [{ type: 'text', text: 'one more' }]);
    await following.says('one more');
    await agentctl('session', 'close', '--session-id', session.id);
    expect(await following.ended).toMatchObject({ code: 0, stdout: 'one more\n' });
  });
});

describe('tool', () => {
  test('session-spawn answers the child and its run', async () => {
    const { reply } = await parsed('tool', 'session-spawn', '--parent-run-id', run.id, '--task', 'Ask first');
    expect(reply.run.session_id).toBe(reply.session.id);
    expect(api.seen.at(-1)).toMatchObject({
      line: `POST /runs/${run.id}/spawn`,
      body: { task: 'Ask first', wake: true, idempotency_key: expect.any(String) },
    });
  });

  test('session-send, session-reply-parent and session-wait ask what they are called', async () => {
    await agentctl('tool', 'session-send', '--session-id', session.id, '--text', 'Approved.');
    expect(api.seen.at(-1)?.line).toBe(`POST /sessions/${session.id}/send`);
    const reply = ['tool', 'session-reply-parent', '--run-id', run.id, '--text', 'May I?'];
    await agentctl(...reply, '--request-kind', 'approval_request', '--idempotency-key', 'k');
    expect(api.seen.at(-1)).toMatchObject({
      line: `POST /runs/${run.id}/reply-parent`,
      body: { text: 'May I?', request_kind: 'approval_request', idempotency_key: 'k' },
    });
    end('succeeded');
    expect((await agentctl('tool', 'session-wait', '--run-id', run.id)).code).toBe(0);
  });
});

describe('approval', () => {
  test('list shows those of a status, and the first decision counts', async () => {
    const asked = newApproval(run, 'rm -rf tmp');
    api.sessions.approvals.set(asked.id, asked);
    const list = ['approval', 'list', '--status', 'pending', '--session-id', session.id];
    expect((await parsed(...list)).reply.approvals).toMatchObject([{ id: asked.id, tool: 'Bash' }]);
    await agentctl('approval', 'deny', '--approval-id', asked.id, '--reason', 'no');
    expect(asked).toMatchObject({ status: 'denied', reason: 'no' });
    const { code, stderr } = await agentctl('approval', 'allow', '--approval-id', asked.id);
    expect({ code, said: JSON.parse(stderr) }).toMatchObject({ code: 2, said: { code: 'approval_decided' } });
  });
});

describe('an error', () => {
  test('of the daemon is JSON on stderr; 1 where there is no such thing', async () => {
    const { code, stdout, stderr } = await agentctl('--format', 'json', 'run', 'get', '--run-id', 'x.1');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ success: false, code: 'run_not_found', error: 'there is no run x.1' });
  });

  test('without a daemon names AGENTCTL_URL and agentd', async () => {
    const { code, stderr } = await runCli(`http://127.0.0.1:${await freePort()}`, ['daemon', 'status'], {
      command: 'agentctl',
    });
    expect({ code, said: JSON.parse(stderr) }).toMatchObject({ code: 2, said: { code: 'no_server' } });
    expect(JSON.parse(stderr).next_step).toMatch(/agentd.*AGENTCTL_URL/);
  });

  test.each([
    [['session', 'get'], "required option '--session-id <id>' not specified"],
    [['session', 'nope'], "unknown command 'nope'"],
    [['--format', 'xml', 'session', 'list'], 'Allowed choices are json, pretty'],
    [['--url', 'ftp://x', 'session', 'list'], 'Correct --url or AGENTCTL_URL'],
  ])('in the command line %j exits 2', async (args, why) => {
    const { code, stdout, stderr } = await agentctl(...args);
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

test('the token comes from --auth-token, else from AGENTCTL_AUTH_TOKEN', async () => {
  const env = { AGENTCTL_AUTH_TOKEN: 'of-the-environment' };
  await runCli(api.url, ['daemon', 'status'], { command: 'agentctl', env });
  await runCli(api.url, ['--auth-token', 'given', 'daemon', 'status'], { command: 'agentctl', env });
  expect(api.seen.map(({ headers }) => headers['x-api-key'])).toEqual(['of-the-environment', 'given']);
});
