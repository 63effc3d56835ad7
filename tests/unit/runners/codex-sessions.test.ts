import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { sessions } from '../../../runners/codex/sessions.ts';
import { codex, codexInvocation, createCodexPlayground, runCodex } from '../../support/codex-agent.ts';
import type { Script } from '../../support/model/scripted-model.ts';
import { bash, fixingAgent, inOrder } from '../../support/model/scripts.ts';
import { collect, nothingLeft, only, resultOf, type AgentTask, type Playground } from '../../support/model-agent.ts';
import { gate, withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
const transcriptOf = async (run: AgentTask): Promise<string> => {
  const path = await sessions.find(run.configDir, run.sessionId);
  if (path === undefined) throw new Error('the session has no transcript');
  return path;
};
let place: Playground;
beforeEach(() => {
  place = createCodexPlayground();
});
afterEach(() => place.remove());

test('a resumed session knows what was said, and counts only its own usage and cost', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const first = place.run(model.url, { prompt: 'remember the fox' });
    const one = resultOf(await collect(runCodex(first, never)), 'succeeded');
    const events = await collect(
      runCodex({ ...first, resume: true, prompt: 'who was it?', messageId: randomUUID() }, never),
    );
    expect(only(events, 'started')).toMatchObject([{ resumed: true, session_id: first.sessionId }]);
    const two = resultOf(events, 'succeeded');
    expect(two.usage).toEqual({ input_tokens: 10, output_tokens: 5, cache_read_tokens: 3, cache_creation_tokens: 2 });
    expect(two).toMatchObject({ usage: one.usage, num_turns: 1 });
    expect(two.cost_usd).toBeCloseTo((12 * 2 + 3 * 1 + 5 * 10) / 1e6, 10);
    expect(model.turns('remember the fox').at(-1)?.conversation?.latest).toBe('who was it?');
  });
});

test('a model without a price has no cost', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const run = place.run(model.url, { invocation: codexInvocation({ model: 'gpt-unknown' }) });
    expect(resultOf(await collect(runCodex(run, never)), 'succeeded').cost_usd).toBeNull();
  });
});

test('a fork, on another disk, knows what was said, is told its own instructions, and leaves the session as it was', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const first = place.run(model.url, { prompt: 'remember the fox', systemPrompt: 'first instructions' });
    await collect(runCodex(first, never));
    const kept = join(place.root, 'kept.jsonl');
    copyFileSync(await transcriptOf(first), kept);
    const configDir = join(place.root, 'other');
    mkdirSync(configDir);
    const env = { ...first.env, CODEX_HOME: configDir };
    await sessions.import(configDir, first.sessionId, kept);
    const changes = {
      prompt: 'who was it?',
      forkOf: first.sessionId,
      configDir,
      env,
      systemPrompt: 'other instructions',
    };
    const fork = place.run(model.url, changes);
    const result = resultOf(await collect(runCodex(fork, never)), 'succeeded');
    expect(result.session_id).toBe(fork.sessionId);
    expect(model.turns('remember the fox').at(-1)?.conversation).toMatchObject({ latest: 'who was it?' });
    expect(model.turns().at(-1)?.conversation?.system).toContain('other instructions');
    expect(readFileSync(await transcriptOf(first), 'utf8')).toBe(readFileSync(kept, 'utf8'));
    // What is kept of a fork needs nothing else.
    const moved = join(place.root, 'moved');
    mkdirSync(moved);
    await sessions.import(moved, fork.sessionId, await transcriptOf(fork));
    const again = {
      ...fork,
      configDir: moved,
      env: { ...env, CODEX_HOME: moved },
      resume: true,
      messageId: randomUUID(),
    };
    resultOf(await collect(runCodex({ ...again, prompt: 'and then?' }, never)), 'succeeded');
    expect(model.turns('remember the fox').at(-1)?.conversation?.latest).toBe('and then?');
  });
});

test('a message that was answered already is done with the earlier words, and the model is not asked again', async () => {
  await withModel(inOrder({ text: 'the answer' }), async (model) => {
    const run = place.run(model.url);
    await collect(runCodex(run, never));
    const asked = model.turns().length;
    const events = await collect(runCodex({ ...run, resume: true }, never));
    expect(events.at(-1)).toMatchObject({ result: { status: 'succeeded', text: 'the answer', cost_usd: 0 } });
    expect(model.turns()).toHaveLength(asked);
  });
});

test('an agent that was killed in the middle goes on where it stopped, also where nobody says that it should resume', async () => {
  const held = gate();
  const script = fixingAgent({ commands: ['echo 1 >> done', { command: 'echo 2 >> done', hold: held.opened }] });
  await withModel(script, async (model) => {
    const run = place.run(model.url, { prompt: 'count' });
    const end = new AbortController();
    const killed = collect(runCodex(run, end.signal));
    await model.waitFor(({ conversation }) => conversation?.calls.length === 1);
    end.abort({ kill: true });
    await expect(killed).rejects.toEqual({ kill: true });
    expect(await nothingLeft(run)).toBe(true);
    held.open();
    const events = await collect(runCodex(run, never));
    expect(only(events, 'started')).toMatchObject([{ resumed: true }]);
    expect(resultOf(events, 'succeeded').text).toBe('All done.');
    expect(readFileSync(join(run.cwd, 'done'), 'utf8')).toBe('1\n2\n');
    expect(model.turns('count').at(-1)?.conversation?.latest).toContain('You were stopped');
  });
});

test('a session without a transcript cannot be resumed', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const result = resultOf(await collect(runCodex(place.run(model.url, { resume: true }), never)), 'failed');
    expect(result.code).toBe('session_not_found');
  });
});

test('a damaged transcript is session_not_found, and its id is free again when it is discarded', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const run = place.run(model.url);
    await collect(runCodex(run, never));
    writeFileSync(await transcriptOf(run), 'no rollout\n');
    const again = { ...run, resume: true, messageId: randomUUID() };
    expect(resultOf(await collect(runCodex(again, never)), 'failed').code).toBe('session_not_found');
    await sessions.discard(run.configDir, run.sessionId);
    expect(await sessions.find(run.configDir, run.sessionId)).toBeUndefined();
    resultOf(await collect(runCodex({ ...run, messageId: randomUUID() }, never)), 'succeeded');
  });
});

test('a transcript that the agent has replaced by a link does not count', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const run = place.run(model.url);
    await collect(runCodex(run, never));
    const path = await transcriptOf(run);
    copyFileSync(path, join(place.root, 'elsewhere'));
    unlinkSync(path);
    symlinkSync(join(place.root, 'elsewhere'), path);
    expect(await sessions.find(run.configDir, run.sessionId)).toBeUndefined();
  });
});

test('the transcript of another agent is no session of Codex', async () => {
  const { configDir, sessionId } = place.run('http://127.0.0.1:1');
  writeFileSync(join(place.root, 'claude.jsonl'), '{"type":"user"}\n');
  await expect(sessions.import(configDir, sessionId, join(place.root, 'claude.jsonl'))).rejects.toMatchObject({
    type: 'session_not_found',
  });
});

test('a text that was broken off in the middle is known to the next answer, and no call before it is paid again', async () => {
  const held = gate();
  const script: Script = ({ latest }) =>
    latest === 'say it' ? { text: 'Half of ', held: held.opened } : { text: 'ok' };
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    const conversation = await codex.open(run, never);
    const events: AgentEvent[] = [];
    for (const text of ['begin', 'say it', 'go on']) {
      conversation.send({ id: randomUUID(), text, timeoutMs: 60_000 });
      for await (const event of conversation.events()) {
        events.push(event);
        if (event.type === 'text_delta' && text === 'say it') conversation.interrupt();
        if (event.type === 'run_ended') break;
      }
    }
    held.open();
    await conversation.close();
    const costs = only(events, 'run_ended').map(({ result }) => result.usage?.output_tokens);
    expect(costs).toEqual([5, 0, 5]);
    const input = JSON.stringify(model.turns().at(-1)?.body?.input);
    expect(input).toContain('"Half"');
  });
});

test('what the agent leaves running in the background is waited for, and then stopped with a warning', async () => {
  const server = { tool: 'Bash', input: { command: 'echo up; sleep 4321', run_in_background: true } };
  await withModel(inOrder(server, { text: 'The server runs.' }), async (model) => {
    const run = place.run(model.url, { limits: { startMs: 60_000, stallMs: 60_000, backgroundMs: 300 } });
    const events = await collect(runCodex(run, never));
    expect(resultOf(events, 'succeeded').text).toBe('The server runs.');
    expect(only(events, 'warning')[0]?.message).toContain('sleep 4321');
    expect(await nothingLeft(run)).toBe(true);
  });
});

test('a command that ends while it is waited for costs no warning, and its result is told', async () => {
  const short = { tool: 'Bash', input: { command: 'sleep 1; echo late', run_in_background: true } };
  await withModel(inOrder(short, { text: 'Started.' }), async (model) => {
    const events = await collect(runCodex(place.run(model.url), never));
    expect(only(events, 'warning')).toEqual([]);
    expect(only(events, 'tool_result')).toMatchObject([{ is_error: false, content: 'late\n' }]);
  });
});

test('rm -f, which Codex asks for, runs where the profile allows all, and a patch is applied', async () => {
  const patch = '*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n';
  await withModel(
    inOrder(bash('touch a; rm -f a; ls'), { tool: 'apply_patch', input: patch }, { text: 'ok' }),
    async (model) => {
      const run = place.run(model.url);
      const events = await collect(runCodex(run, never));
      expect(only(events, 'tool_use').map(({ name }) => name)).toEqual(['exec_command', 'apply_patch']);
      expect(only(events, 'tool_result').map(({ is_error }) => is_error)).toEqual([false, false]);
      expect(readFileSync(join(run.cwd, 'made.txt'), 'utf8')).toBe('made\n');
    },
  );
});

test('an agent that can only read writes nothing in the worktree', async () => {
  await withModel(inOrder(bash('touch made; ls'), { text: 'the plan' }), async (model) => {
    const run = place.run(model.url, { readOnly: true });
    const events = await collect(runCodex(run, never));
    expect(only(events, 'tool_result')[0]?.content).toContain('Read-only file system');
    expect(resultOf(events, 'succeeded').text).toBe('the plan');
  });
});
