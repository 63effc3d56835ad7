import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionEventReply, SessionRecord } from '../../contract/http/session.ts';
import { blocksOf } from '../support/doc-blocks.ts';
import { freePort } from '../support/free-port.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';
import { createWorld, type World } from '../support/world.ts';

const [daemon = '', quickstart = '', escalation = '', output = ''] = blocksOf(
  'docs/migration-from-agent-orchestrator.md',
).map(({ text }) => text);

const READY = /API +http:\S+/;

/** What agentctl prints. */
interface Reply {
  session: SessionRecord;
  run: RunRecord;
  message: { id: string };
  events: SessionEventReply['events'];
  queue_counts: { queued_count: number };
}

describe.each(['codex', 'claude'])('with %s, character for character as agent-orchestrator has it', (agent) => {
  let world: World;
  let terminal: Terminal;
  let other: Terminal;
  /** What the placeholders of the commands stand for. */
  const names: Record<string, string> = { REQUEST_KEY: 'key-1' };

  beforeAll(async () => {
    world = await createWorld({ script: () => ({ text: 'hi' }) });
    const port = String(await freePort());
    const env = {
      ...{ ...world.env, AGENTICORE_PORT: port, AGENTCTL_URL: `http://127.0.0.1:${port}` },
      ...{ OPENAI_API_KEY: 'sk-of-this-test', OPENAI_BASE_URL: `${world.model.url}/v1` },
      // Codex is the default.
      ...(agent === 'codex' ? {} : { AGENTICORE_DEFAULT_AGENT: agent }),
    };
    const open = (name: string): Terminal => openTerminal(packageRoot, env, join(world.dir, name));
    [terminal, other] = [open('first'), open('second')];
    await other.start(daemon, READY);
  });
  afterAll(async () => {
    for (const each of [terminal, other]) await each.stop();
    await world.end();
  });

  const here = (line: string): string => line.replace(/<([A-Z_]+)>/g, (_, name: string) => names[name] ?? `no ${name}`);
  const type = (line: string): Promise<string> => terminal.run(here(line));
  const ask = async (line: string): Promise<Reply> => JSON.parse(await type(line)) as Reply;

  test('the quickstart: a session answers, shows how, and has a child that asks', async () => {
    const replies = new Map<string, Reply>();
    for (const line of quickstart.trim().split('\n')) {
      if (line.startsWith('export')) await type(line);
      else if (line.includes('--follow')) {
        const said = await terminal.start(here(line), /"run_ended"[^]*"run_ended"/);
        expect(said).toContain('"event_type": "user_message"');
      } else {
        const reply = await ask(line);
        replies.set(line, reply);
        if (line.includes('session create')) names.SESSION_ID = names.PARENT_SESSION_ID = reply.session.id;
        if (line.includes('message send')) names.RUN_ID = names.PARENT_RUN_ID = reply.run.id;
        if (line.includes('session-spawn'))
          [names.CHILD_SESSION_ID, names.CHILD_RUN_ID] = [reply.session.id, reply.run.id];
      }
    }
    const replyTo = (words: string): Reply => [...replies].filter(([line]) => line.includes(words)).at(-1)![1];
    expect(replyTo('daemon status')).toMatchObject({ daemon_health: 'ok', alive_workers: 1, max_concurrency: 4 });
    expect(replyTo('run wait')).toMatchObject({ run: { status: 'succeeded', output: 'hi' }, timed_out: false });
    expect(replyTo('run diagnose')).toMatchObject({
      diagnostics: { worker_alive: true, likely_issue: null, codex_invocation: { profile: null } },
    });
    expect(replyTo('session-wait')).toMatchObject({ run: { status: 'succeeded' } });
    const [repeated = ''] = quickstart.split('\n').filter((line) => /reply-parent.*REQUEST_KEY/.test(line));
    expect((await ask(repeated)).message.id).toBe(replyTo('reply-parent').message.id);
    const [sent = ''] = quickstart.split('\n').filter((line) => /message send.*REQUEST_KEY/.test(line));
    expect((await ask(sent)).run.id).toBe(names.RUN_ID);
  });

  test('the escalation: the parent sees what its child asks, and the child goes on with the answer', async () => {
    await type(escalation);
    const { events } = await ask('./bin/agentctl events list --session-id <PARENT_SESSION_ID>');
    const escalated = events.filter(({ event_type }) => event_type === 'escalation');
    expect(escalated.at(-1)).toMatchObject({
      payload: { text: 'Need approval to run: rm -rf ./tmp-cache', request_kind: 'approval_request' },
    });
    const child = await ask('./bin/agentctl session get --session-id "$CHILD_SESSION_ID"');
    const last = `${child.session.id}.${child.session.runs}`;
    expect(await ask(`./bin/agentctl tool session-wait --run-id ${last}`)).toMatchObject({
      run: { status: 'succeeded', number: 2 },
    });
  });

  // The same with each agent.
  if (agent === 'claude') return;
  test('every command for programs prints one line', async () => {
    for (const line of output.trim().split('\n'))
      expect([line, await type(line)]).toEqual([line, expect.stringMatching(/^[^\n]+\n$/)]);
    expect(
      await type('./bin/agentctl --field diagnostics.codex_invocation.extra_args run diagnose --run-id <RUN_ID>'),
    ).toBe('["--verbose","--color","never"]\n');
    const refused = await type('AGENTCTL_AUTH_TOKEN= ./bin/agentctl daemon status || echo "exit $?"');
    expect(refused).toContain('"code": "unauthorized"');
    expect(refused).toMatch(/exit 2\n$/);
  });
});

test('bin has what the package installs', () => {
  const { bin } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  expect(Object.keys(bin)).toEqual(['agenticore', 'agentctl', 'agentd']);
});
