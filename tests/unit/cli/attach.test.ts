import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseInput } from '../../../cli/attach/input.ts';
import { broken } from '../../../cli/attach/screen.ts';
import type { RunRecord } from '../../../contract/http/run.ts';
import type { SessionRecord } from '../../../contract/http/session.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { runCli } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { needs } from '../../support/needs.ts';
import { openPty, type Pty } from '../../support/pty.ts';
import { until } from '../../support/until.ts';

let api: FakeApi;
let session: SessionRecord;
beforeEach(async () => {
  api = await FakeApi.start();
  session = api.sessions.add();
  api.sessions.onMessage = answer;
  api.sessions.onDecision = async ({ run_id, status }) => {
    const run = api.sessions.runs.get(run_id)!;
    await tell(run, { type: 'text', text: `It was ${status}.` });
    await end(run);
  };
});
afterEach(() => api.stop());

const tell = (run: RunRecord, ...events: StreamEvent[]): Promise<unknown> =>
  api.log.append(session.id, events, { run: run.number });

/** The agent repeats what it is told; it asks before it deletes, and `wait` keeps it from an answer. */
async function answer(run: RunRecord): Promise<void> {
  session.active_run_id = run.id;
  session.status = 'running';
  await tell(run, { type: 'run_started', attempt: 1 });
  await tell(run, { type: 'user_message', id: run.message_id, text: run.text, truncated_bytes: 0 });
  if (run.text === 'wait') return;
  if (run.text !== 'delete') {
    await tell(run, { type: 'text_delta', text: 'You said ' }, { type: 'text', text: `You said ${run.text}.` });
    return end(run);
  }
  const { id, tool_use_id, tool } = api.sessions.ask(run, 'rm -rf tmp');
  await tell(run, { type: 'approval_requested', id, tool_use_id, name: tool, input: { command: 'rm -rf tmp' } });
}

async function end(run: RunRecord, status: 'succeeded' | 'cancelled' = 'succeeded'): Promise<void> {
  session.active_run_id = null;
  session.status = 'idle';
  const usage = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_creation_tokens: 0 };
  const told = { session_id: 's', text: '', usage, cost_usd: 0, num_turns: 1 };
  await tell(run, {
    type: 'run_ended',
    result: status === 'succeeded' ? { ...told, status } : { ...told, status: 'interrupted' },
  });
  api.sessions.change(run, { status, ended_at: new Date().toISOString() });
}

const decisions = (): unknown[] =>
  api.seen.filter(({ line }) => line.startsWith('POST /approvals')).map(({ body }) => body);

describe('attach without a terminal', () => {
  const attach = (stdin: string) => runCli(api.url, ['attach', session.id.slice(0, 8)], { stdin });

  test('sends each line when the one before is answered, and shows the answers', async () => {
    const { code, stdout } = await attach('one\ntwo\n');
    expect(stdout).toBe(
      [
        '› one',
        'You said one.',
        '  the agent has finished: 1 turn, $0.00',
        '› two',
        'You said two.',
        '  the agent has finished: 1 turn, $0.00',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('y, n and a answer a tool call that waits', async () => {
    const { stdout } = await attach('delete\ny\ndelete\n/deny not that\ndelete\na\n');
    expect(stdout.match(/It was \w+/g)).toEqual(['It was allowed', 'It was denied', 'It was allowed']);
    expect(decisions()).toMatchObject([
      { decision: 'allow', remember: false },
      { decision: 'deny', reason: 'not that' },
      { decision: 'allow', remember: true },
    ]);
  });

  test('exits 1 and says how to answer when the input is over before the question', async () => {
    const { code, stderr } = await attach('delete\n');
    expect(stderr).toMatch(/Bash waits for approval\. Answer: agenticore session approve apr_/);
    expect(code).toBe(1);
  });
});

describe('attach in a terminal', () => {
  const open = (): Pty => openPty(api.url, ['attach', session.id]);

  needs('script')('shows the words of the agent above the line that is typed, and Ctrl-D leaves', async () => {
    const view = open();
    await view.shows('›');
    view.type('hello\r');
    await view.shows('You said hello.');
    view.type('\u0004');
    expect(await view.ended).toBe(0);
    expect(view.said()).toContain(`Come back: agenticore attach ${session.id}`);
    // Typed once, and not shown as a message again.
    expect(view.said().match(/› hello/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  needs('script')('a key answers the tool call that waits', async () => {
    const view = open();
    await view.shows('›');
    view.type('delete\r');
    await view.shows('allow Bash rm -rf tmp? y/n/a');
    // A key counts when the question could be read.
    await until(() => (view.type('n'), decisions().length > 0));
    await view.shows('It was denied.');
    expect(decisions()).toMatchObject([{ decision: 'deny' }]);
  });

  needs('script')('Ctrl-C interrupts the run that is under way', async () => {
    const view = open();
    await view.shows('›');
    view.type('wait\r');
    await view.shows('●');
    view.type('\u0003');
    await until(() => api.seen.some(({ line }) => line === `POST /runs/${session.id}.1/cancel`));
  });

  needs('script')('what is pasted is one message, and a server that was away is waited for', async () => {
    const view = open();
    await view.shows('›');
    await api.drop();
    view.type('first\rsecond\r');
    await view.shows('does not answer');
    await api.listen();
    await view.shows('You said first');
    const sent = api.seen.filter(({ line }) => line.endsWith('/messages')).map(({ body }) => body as { text: string });
    expect(sent.map(({ text }) => text)).toEqual(['first\nsecond']);
  });
});

test.each([
  ['  hello ', { what: 'message', text: 'hello', mode: 'queue' }],
  ['/steer stop that', { what: 'message', text: 'stop that', mode: 'steer' }],
  ['/etc is a folder', { what: 'message', text: '/etc is a folder', mode: 'queue' }],
  ['/deny too risky', { what: 'deny', reason: 'too risky' }],
  ['/quit', { what: 'leave' }],
  [' ', { what: 'nothing' }],
])('the line %j is read as %j', (line, input) => expect(parseInput(line)).toEqual(input));

test('words that come in pieces are broken between words, and the space between two pieces stays', () => {
  expect(broken('one two three ', 9)).toEqual(['one two', 'three ']);
  expect(broken('short\n', 9)).toEqual(['short', '']);
  expect(broken('\u001b[1ma line of ours\u001b[22m', 9)).toHaveLength(1);
});
