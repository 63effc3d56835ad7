import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bash, fixingAgent, inOrder } from '../../support/model/scripts.ts';
import {
  collect,
  createPlayground,
  MODEL_KEY,
  nothingLeft,
  only,
  type Playground,
  runTask,
} from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

describe.each(['auto', 'off'] as const)('Claude Code with sandbox %s', (sandbox) => {
  test('edits, commits and ends done with its last words, usage, cost and turns', async () => {
    const script = fixingAgent({
      edits: { 'a.txt': 'fixed' },
      commands: ['git add -A && git commit -qm fix'],
      summary: 'Fixed it.',
    });
    await withModel(script, async (model) => {
      const run = place.run(model.url, { sandbox });
      const events = await collect(runTask(run, never));
      expect(events.at(-1)).toMatchObject({
        type: 'run_ended',
        result: {
          status: 'succeeded',
          session_id: run.sessionId,
          text: 'Fixed it.',
          num_turns: 3,
          usage: { input_tokens: 30, output_tokens: 15, cache_read_tokens: 9 },
        },
      });
      expect(readFileSync(join(run.cwd, 'a.txt'), 'utf8')).toBe('fixed\n');
      expect(execFileSync('git', ['-C', run.cwd, 'log', '--format=%an %s'], { encoding: 'utf8' })).toBe('Agent fix\n');
      expect(model.turns()).toHaveLength(3);
      expect(await nothingLeft(run)).toBe(true);
    });
  });
});

test('every block comes in deltas and once as a whole', async () => {
  const script = inOrder([{ thinking: 'I think of it.' }, ...bash('echo seen', 'I look.')], { text: 'All done.' });
  await withModel(script, async (model) => {
    const events = await collect(runTask(place.run(model.url), never));
    expect(only(events, 'text').map(({ text }) => text)).toEqual(['I look.', 'All done.']);
    expect(
      only(events, 'text_delta')
        .map(({ text }) => text)
        .join(''),
    ).toBe('I look.All done.');
    expect(only(events, 'tool_use')).toMatchObject([
      { name: 'Bash', input: { command: 'echo seen' }, parent_id: null },
    ]);
    expect(only(events, 'tool_result')).toMatchObject([{ content: 'seen', is_error: false, truncated_bytes: 0 }]);
    expect(only(events, 'started')).toHaveLength(1);
    expect(only(events, 'run_ended')).toHaveLength(1);
  });
});

test.each(['/clear the table', '--version', '--dangerously-skip-permissions -p x', '-', '!ls', '@/etc/passwd'])(
  'a task that begins with a slash, a dash or the like reaches the model as it is: %s',
  async (prompt) => {
    await withModel(inOrder({ text: 'ok' }), async (model) => {
      await collect(runTask(place.run(model.url, { prompt }), never));
      expect(model.turns().map(({ conversation }) => conversation?.task)).toEqual([prompt]);
      expect(model.requests[0]?.headers['x-api-key'] ?? MODEL_KEY).toBe(MODEL_KEY);
    });
  },
);
