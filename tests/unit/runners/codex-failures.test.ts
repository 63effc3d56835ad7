import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCodex } from '../../../runners/codex/agent.ts';
import { startGateway } from '../../../runners/codex/gateway.ts';
import { runOnce } from '../../../runners/agent.ts';
import { codex, codexInvocation, createCodexPlayground, runCodex } from '../../support/codex-agent.ts';
import type { Reply } from '../../support/model/reply.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import { collect, MODEL_KEY, nothingLeft, only, resultOf, type Playground } from '../../support/model-agent.ts';
import { needs } from '../../support/needs.ts';
import { gate, withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
let place: Playground;
beforeEach(() => {
  place = createCodexPlayground();
});
afterEach(() => place.remove());

describe('what the model provider says', () => {
  test.each<[string, Reply, object]>([
    ['401', { status: 401 }, { code: 'agent_auth_failed', message: expect.stringContaining('OPENAI_API_KEY') }],
    ['403', { status: 403 }, { code: 'agent_auth_failed' }],
    [
      '429 with a time',
      { status: 429, headers: { 'retry-after': '7' } },
      { code: 'rate_limited', retry_after_ms: 7_000 },
    ],
    ['429 for good', { status: 429, code: 'insufficient_quota' }, { code: 'rate_limited' }],
    ['500', { status: 500 }, { code: 'model_unavailable' }],
    ['503', { status: 503, code: 'server_is_overloaded' }, { code: 'model_unavailable' }],
    ['400', { status: 400 }, { code: 'agent_failed' }],
    ['404', { status: 404, code: 'model_not_found' }, { code: 'agent_failed' }],
  ])('%s is told as what it is', async (_status, reply, failure) => {
    await withModel(inOrder(reply), async (model) => {
      const events = await collect(runCodex(place.run(model.url), never));
      expect(resultOf(events, 'failed')).toMatchObject(failure);
      expect(JSON.stringify(events)).not.toContain(MODEL_KEY);
    });
  });

  test('a provider that cannot be reached is model_unavailable, after a moment', async () => {
    const result = resultOf(await collect(runCodex(place.run('http://127.0.0.1:9'), never)), 'failed');
    expect(result.code).toBe('model_unavailable');
  });

  test('a conversation that the provider does not take is session_not_found', async () => {
    let status = 200;
    await withModel(
      () => (status === 200 ? { text: 'ok' } : { status }),
      async (model) => {
        const run = place.run(model.url);
        await collect(runCodex(run, never));
        status = 400;
        const again = { ...run, resume: true, messageId: randomUUID() };
        expect(resultOf(await collect(runCodex(again, never)), 'failed').code).toBe('session_not_found');
      },
    );
  });
});

test('the death of the CLI fails what waits for it at once, and says what it said last', async () => {
  await withModel(inOrder(bash('kill -9 $PPID')), async (model) => {
    const run = place.run(model.url);
    const result = resultOf(await collect(runCodex(run, never)), 'failed');
    expect(result.code).toBe('agent_stopped');
    expect(await nothingLeft(run)).toBe(true);
  });
});

test('a program that is no Codex is a failure with its words, and one that is not there is agent_missing', async () => {
  const program = join(place.root, 'codex');
  writeFileSync(program, '#!/bin/sh\necho "words of the program" >&2\nexit 3\n');
  chmodSync(program, 0o755);
  const failing = async (binary: string) => {
    const run = place.run('http://127.0.0.1:9');
    const message = { id: randomUUID(), text: 'x', timeoutMs: 60_000 };
    return resultOf(await collect(runOnce(createCodex({ binary }), run, message, never)), 'failed');
  };
  expect(await failing(program)).toMatchObject({
    code: 'agent_stopped',
    message: expect.stringContaining('words of the program'),
  });
  expect(await failing(join(place.root, 'none'))).toMatchObject({ code: 'agent_missing' });
});

test('without a credential nothing is started', async () => {
  const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, ...env } = place.run('http://127.0.0.1:9').env;
  const result = resultOf(await collect(runCodex(place.run('http://127.0.0.1:9', { env }), never)), 'failed');
  expect(result).toMatchObject({ code: 'agent_auth_failed', message: expect.stringContaining('OPENAI_API_KEY') });
});

test('a config.toml that Codex refuses fails with its reason', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const run = place.run(model.url);
    writeFileSync(join(run.configDir, 'config.toml'), 'sandbox_mode = "none-such"\n');
    const result = resultOf(await collect(runCodex(run, never)), 'failed');
    expect(result).toMatchObject({ code: 'agent_failed', message: expect.stringContaining('none-such') });
  });
});

test('an MCP server that does not start costs a warning', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const run = place.run(model.url);
    writeFileSync(join(run.configDir, 'mcp_servers.json'), JSON.stringify({ broken: { command: '/nowhere/server' } }));
    const events = await collect(runCodex(run, never));
    expect(only(events, 'warning').map(({ message }) => message)).toEqual([
      'The MCP server broken did not start or answer, so the agent worked without its tools.',
    ]);
    resultOf(events, 'succeeded');
  });
});

test('an agent that shows no sign of life, or takes too long, is stopped', async () => {
  const held = gate();
  await withModel(inOrder({ hold: held.opened }), async (model) => {
    const limits = { startMs: 60_000, stallMs: 500, backgroundMs: 0 };
    const silent = place.run(model.url, { limits });
    expect(resultOf(await collect(runCodex(silent, never)), 'failed')).toMatchObject({ code: 'agent_stalled' });
    const slow = place.run(model.url, { timeoutMs: 500 });
    expect(resultOf(await collect(runCodex(slow, never)), 'failed')).toMatchObject({ code: 'timeout' });
    expect([await nothingLeft(silent), await nothingLeft(slow)]).toEqual([true, true]);
    held.open();
  });
});

test.each([
  [{ max_turns: 2 }, 'max_turns (2)'],
  [{ max_budget_usd: 0.0001 }, 'max_budget_usd (0.0001)'],
])('an agent that reaches its limit %j is broken off, and what it cost is told', async (options, words) => {
  await withModel(inOrder(bash('echo 1'), bash('echo 2'), bash('echo 3'), { text: 'ok' }), async (model) => {
    const run = place.run(model.url, { invocation: codexInvocation(options) });
    const result = resultOf(await collect(runCodex(run, never)), 'failed');
    expect(result).toMatchObject({ code: 'agent_failed', message: expect.stringContaining(words) });
    expect(result.cost_usd).toBeGreaterThan(0);
  });
});

test('a question is answered in the form of its schema, without a shell', async () => {
  await withModel(inOrder({ text: '{"profile":"code"}' }), async (model) => {
    const schema =
      '{"type":"object","properties":{"profile":{"type":"string"}},"required":["profile"],"additionalProperties":false}';
    const invocation = codex.questionInvocation({ model: 'gpt-small', instructions: 'Choose one.', schema });
    const events = await collect(runCodex(place.run(model.url, { invocation, readOnly: true }), never));
    expect(resultOf(events, 'succeeded').text).toBe('{"profile":"code"}');
    const { model: name, text, tools } = model.requests.at(-1)?.body ?? {};
    expect({ name, text }).toMatchObject({
      name: 'gpt-small',
      text: { format: { type: 'json_schema', schema: JSON.parse(schema) } },
    });
    expect(model.turns().at(-1)?.conversation?.system).toContain('Choose one.');
    expect(JSON.stringify(tools)).not.toContain('exec_command');
  });
});

needs('bwrap')("as root, Codex's own sandbox inside of ours is refused with what to do", async () => {
  const run = place.run('http://127.0.0.1:9', {
    sandbox: 'required',
    invocation: codexInvocation({ sandbox_mode: 'workspace-write' }),
  });
  const result = resultOf(await collect(runCodex(run, never)), 'failed');
  expect(result.code).toBe(process.getuid?.() === 0 ? 'invalid_profile' : 'model_unavailable');
});

test('the gateway takes its token alone, leads to nothing but the model, and ends with its agent', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const gateway = await startGateway({ OPENAI_API_KEY: MODEL_KEY, OPENAI_BASE_URL: `${model.url}/v1` });
    const ask = async (path: string, token: string): Promise<number> =>
      (await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask('/models', 'other')).toBe(401);
    expect(await ask('/files', gateway.token)).toBe(401);
    expect(await ask('/responses/../files', gateway.token)).toBe(401);
    expect(model.requests).toEqual([]);
    expect(await ask('/models', gateway.token)).toBe(404);
    expect(model.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/v1/models', `Bearer ${MODEL_KEY}`],
    ]);
    await gateway.close();
    await expect(ask('/models', gateway.token)).rejects.toThrow();
  });
});

test('a run that is cancelled while the CLI starts leaves nothing', async () => {
  const home = join(place.root, 'slow');
  mkdirSync(home);
  const program = join(home, 'codex');
  writeFileSync(program, '#!/bin/sh\nexec sleep 4321\n');
  chmodSync(program, 0o755);
  const run = place.run('http://127.0.0.1:9');
  const end = new AbortController();
  const message = { id: randomUUID(), text: 'x', timeoutMs: 60_000 };
  const opening = collect(runOnce(createCodex({ binary: program }), run, message, end.signal));
  setImmediate(() => end.abort(new Error('cancelled')));
  await expect(opening).rejects.toThrow('cancelled');
  expect(await nothingLeft(run)).toBe(true);
});
