import { expect, test } from '@jest/globals';
import { createClaude } from '../../../runners/claude/agent.ts';
import { maskEvent, maskOf, simpleCredentials } from '../../../runners/secrets.ts';

const KEY = 'sk-ant-scripted-key-0001';
const mask = maskOf({ ANTHROPIC_API_KEY: KEY, PATH: '/usr/bin:/bin' });

test('the values of secret variables are replaced by their names', () => {
  expect(mask.text(`it is ${KEY}, in /usr/bin:/bin`)).toBe('it is <ANTHROPIC_API_KEY>, in /usr/bin:/bin');
});

test('a secret among the headers for the model is replaced, all together, alone, and without its scheme', () => {
  const env = {
    ANTHROPIC_CUSTOM_HEADERS: 'x-team: blue\nAuthorization: Bearer not-4-anybody\nAccept: application/json',
  };
  const text = (given: string): string => maskOf(env).text(given);
  expect(text(`it is ${env.ANTHROPIC_CUSTOM_HEADERS}`)).toBe('it is <ANTHROPIC_CUSTOM_HEADERS>');
  expect(text('blue application/json not-4-anybody')).toBe('blue application/json <ANTHROPIC_CUSTOM_HEADERS>');
});

test.each(['lmstudio', 'assistant', 'text', 'tool_result', '12345678'])(
  'a credential that could be a word of any text is not masked: %s',
  (word) => {
    const env = { ANTHROPIC_AUTH_TOKEN: word };
    expect(maskOf(env).text(`I use ${word}.`)).toBe(`I use ${word}.`);
    expect(simpleCredentials(createClaude({ binary: 'claude' }), env)).toEqual([
      expect.stringContaining('ANTHROPIC_AUTH_TOKEN'),
    ]);
  },
);

test('nobody is warned of a real credential, nor of one that is not set', () => {
  expect(simpleCredentials(createClaude({ binary: 'claude' }), { ANTHROPIC_API_KEY: KEY })).toEqual([]);
});

test('in JSON every text is masked, and the words that tell its parts apart stay', () => {
  const words = maskOf({ ANTHROPIC_API_KEY: 'content_block_delta' });
  const said = 'see content_block_delta';
  const value = { type: 'content_block_delta', content_block_delta: [said, { n: 1, type: said }], none: null };
  expect(words.json(value)).toEqual({
    type: 'content_block_delta',
    content_block_delta: ['see <ANTHROPIC_API_KEY>', { n: 1, type: 'see <ANTHROPIC_API_KEY>' }],
    none: null,
  });
});

test('an event is masked where the agent speaks, and nowhere else', () => {
  const words = maskOf({ ANTHROPIC_API_KEY: 'general-purpose-7' });
  const started = { session_id: 's', model: 'general-purpose-7', resumed: false, tools: ['Bash'], version: '2' };
  expect(maskEvent({ type: 'started', ...started }, words)).toEqual({ type: 'started', ...started });
  const use = { id: '1', name: 'general-purpose-7', parent_id: null };
  expect(maskEvent({ type: 'tool_use', ...use, input: { at: ['general-purpose-7'] } }, words)).toEqual({
    type: 'tool_use',
    ...use,
    input: { at: ['<ANTHROPIC_API_KEY>'] },
  });
});
