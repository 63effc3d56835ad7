import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import type { AgentRun } from '../../../runners/agent.ts';
import type { CodexOptions } from '../../../runners/codex/options.ts';
import { StandingAgent } from '../../../runners/standing-agent.ts';
import { codex, codexInvocation, createCodexPlayground } from '../../support/codex-agent.ts';
import type { Reply } from '../../support/model/reply.ts';
import type { Script, ScriptedModel } from '../../support/model/scripted-model.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import { only, type Playground } from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';

let place: Playground;
beforeEach(() => {
  place = createCodexPlayground();
});
afterEach(() => place.remove());

/** An MCP server that notes what it is told in the folder where it was started. */
const SERVER = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const serverInfo = { name: 'notes', version: '1' };
  if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo });
  const inputSchema = { type: 'object', properties: { text: { type: 'string' } } };
  if (method === 'tools/list') say(id, { tools: ['write', 'wipe'].map((name) => ({ name, description: name, inputSchema })) });
  if (method !== 'tools/call') return;
  appendFileSync(process.argv[2], params.name + ' ' + params.arguments.text + '\\n');
  say(id, { content: [{ type: 'text', text: 'noted' }] });
});`;

/** Gives the agent the server; `started` is the script by which it starts. */
function giveServer(run: AgentRun, started: (command: string) => string): void {
  const [server, notes] = ['server.mjs', 'notes'].map((name) => join(place.root, 'tmp', name)) as [string, string];
  writeFileSync(server, SERVER);
  const script = started(`'${process.execPath}' '${server}' '${notes}'`);
  writeFileSync(
    join(run.configDir, 'mcp_servers.json'),
    JSON.stringify({ notes: { command: 'sh', args: ['-c', script] } }),
  );
}

/** The events of an agent whose calls are all allowed that it asks for. */
async function converse(run: AgentRun): Promise<AgentEvent[]> {
  const conversation = await codex.open(run, new AbortController().signal);
  const events: AgentEvent[] = [];
  conversation.send({ id: randomUUID(), text: 'work', timeoutMs: 60_000 });
  for await (const event of conversation.events()) {
    events.push(event);
    if (event.type === 'approval_requested') conversation.answer(event.id, { allow: true });
    if (event.type === 'run_ended') break;
  }
  await conversation.close();
  return events;
}

const ask = (model: ScriptedModel, options: Partial<CodexOptions> = {}): AgentRun =>
  place.run(model.url, { approvals: 'ask', invocation: codexInvocation(options) });

const tool = (name: string, text: string): Reply => ({ tool: `mcp__notes__${name}`, input: { text } });

test('a tool of a server is asked for by its name and input, or decided by a rule of the profile', async () => {
  const script = inOrder(tool('write', 'one'), tool('wipe', 'two'), { text: 'done' });
  await withModel(script, async (model) => {
    const run = ask(model, { approvals: { allow: [], ask: [], deny: ['mcp__notes__wipe'] } });
    giveServer(run, (command) => command);
    const events = await converse(run);
    const [call] = only(events, 'tool_use');
    expect(only(events, 'approval_requested')).toEqual([
      expect.objectContaining({ tool_use_id: call?.id, name: 'mcp__notes__write', input: { text: 'one' } }),
    ]);
    expect(only(events, 'tool_result').map(({ is_error }) => is_error)).toEqual([false, true]);
    expect(JSON.stringify(model.turns().at(-1)?.body)).toContain('by the profile: mcp__notes__wipe');
  });
});

test('a patch is asked for with its files', async () => {
  const patch = '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n';
  await withModel(inOrder({ tool: 'apply_patch', input: patch }, { text: 'done' }), async (model) => {
    const run = ask(model);
    const [asked] = only(await converse(run), 'approval_requested');
    expect(asked).toMatchObject({ name: 'apply_patch', input: { changes: [{ kind: { type: 'add' } }] } });
    expect(existsSync(join(run.cwd, 'new.txt'))).toBe(true);
  });
});

test('a command that is watched has no terminal and no input, by which something unasked could be run', async () => {
  await withModel(
    ({ calls }) => {
      const session_id = Number(/session ID (\d+)/.exec(calls[1]?.result?.content ?? '')?.[1]);
      if (calls.length === 0) return { tool: 'exec_command', input: { cmd: 'bash', tty: true } };
      if (calls.length === 1) return { tool: 'exec_command', input: { cmd: 'sleep 2; bash', yield_time_ms: 250 } };
      if (calls.length === 2) return { tool: 'write_stdin', input: { session_id, chars: 'touch unasked\n' } };
      return { text: 'done' };
    },
    async (model) => {
      const run = ask(model);
      await converse(run);
      const results = model
        .turns()
        .at(-1)
        ?.conversation?.calls.map(({ result }) => result?.content);
      expect(results?.[0]).toContain('TTY execution is disabled');
      expect(results?.[1]).toContain('session ID');
      expect(results?.[2]).toContain('stdin is closed');
      expect(existsSync(join(run.cwd, 'unasked'))).toBe(false);
    },
  );
});

test('in a job a rule refuses what it is about, and all else is done unasked', async () => {
  await withModel(inOrder([...bash('rm -f kept'), ...bash('touch made')], { text: 'done' }), async (model) => {
    const options = { permissions: { allow: [], deny: ['Bash(rm:*)'] } };
    const run = place.run(model.url, { invocation: codexInvocation(options) });
    writeFileSync(join(run.cwd, 'kept'), '');
    const events = await converse(run);
    expect(only(events, 'approval_requested')).toEqual([]);
    expect(['kept', 'made'].map((name) => existsSync(join(run.cwd, name)))).toEqual([true, true]);
    expect(JSON.stringify(model.turns().at(-1)?.body)).toContain('by the profile: Bash(rm:*)');
  });
});

test('a server that is slow to start belongs to the agent, and stays when the rest of its tree is ended', async () => {
  const script: Script = ({ calls, latest }) => {
    const name = latest === 'one' ? 0 : 1;
    return calls.length > name ? { text: 'done' } : tool('write', latest);
  };
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    giveServer(run, (command) => `sleep 1; ${command}; true`);
    const agent = await StandingAgent.open(codex, run, [run.cwd]);
    const signal = new AbortController().signal;
    const results: AgentEvent[] = [];
    for (const text of ['one', 'two']) {
      const message = { id: randomUUID(), text, timeoutMs: 60_000 };
      for await (const event of agent.answer(message, { stopped: signal, interrupted: signal })) results.push(event);
      await agent.trim();
    }
    await agent.close();
    expect(only(results, 'tool_result').map(({ is_error }) => is_error)).toEqual([false, false]);
  });
});
