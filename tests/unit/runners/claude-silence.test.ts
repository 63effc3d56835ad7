import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bash, inOrder } from '../../support/model/scripts.ts';
import {
  collect,
  createPlayground,
  invocationOf,
  nothingLeft,
  only,
  type AgentTask,
  type Playground,
  resultOf,
  runTask,
} from '../../support/model-agent.ts';
import { gate, withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
const nowhere = 'http://127.0.0.1:9';
let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

const limits = (changes: Partial<AgentTask['limits']>): AgentTask['limits'] => ({
  ...{ startMs: 60_000, stallMs: 60_000, backgroundMs: 60_000 },
  ...changes,
});

/** Arguments for an MCP server that runs `script`. */
function server(script: string): AgentTask['invocation'] {
  const path = join(place.root, 'config', 'mcp.json');
  const silent = { command: process.execPath, args: ['-e', script] };
  writeFileSync(path, JSON.stringify({ mcpServers: { silent } }));
  return invocationOf('--permission-mode', 'bypassPermissions', `--mcp-config=${path}`);
}

test('an MCP server that never answers ends the agent after the time for its start, and is named', async () => {
  const run = place.run(nowhere, {
    limits: limits({ startMs: 3_000 }),
    invocation: server('setInterval(() => 0, 1e3)'),
  });
  const failed = resultOf(await collect(runTask(run, never)), 'failed');
  expect(failed).toMatchObject({ code: 'agent_start_timeout' });
  expect(failed.message).toBe(
    'The agent did not start within 3 s and was stopped: these MCP servers do not answer: silent.',
  );
  expect(await nothingLeft(run)).toBe(true);
});

test('a program that says nothing at all ends after the time for its start', async () => {
  const binary = resolve('tests/fixtures/fake-agent.mjs');
  const run = place.run(nowhere, { prompt: 'be silent', binary, limits: limits({ startMs: 200 }) });
  expect(resultOf(await collect(runTask(run, never)), 'failed')).toMatchObject({ code: 'agent_start_timeout' });
  expect(await nothingLeft(run)).toBe(true);
});

test('an MCP server that cannot be started costs a warning, not the run', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const events = await collect(runTask(place.run(model.url, { invocation: server('process.exit(1)') }), never));
    resultOf(events, 'succeeded');
    expect(only(events, 'warning').map(({ message }) => message)).toEqual([
      'The MCP server silent did not start or answer, so the agent worked without its tools.',
    ]);
  });
});

test('an agent that shows no sign of life is stopped', async () => {
  const held = gate();
  await withModel(inOrder(bash('echo one'), { hold: held.opened }), async (model) => {
    const run = place.run(model.url, { limits: limits({ stallMs: 2_000 }) });
    expect(resultOf(await collect(runTask(run, never)), 'failed')).toMatchObject({
      code: 'agent_stalled',
      message: expect.stringContaining('no sign of life for 2 s'),
    });
    expect(await nothingLeft(run)).toBe(true);
    held.open();
  });
});
