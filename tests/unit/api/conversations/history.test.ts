import { describe, expect, test } from '@jest/globals';
import { chainOf } from '../../../../api/openai/conversations/chain.ts';
import { readDecision } from '../../../../api/openai/conversations/decision.ts';
import { readHistory } from '../../../../api/openai/conversations/history.ts';
import { readToggles } from '../../../../api/openai/conversations/toggles.ts';
import { withTranscript } from '../../../../api/openai/conversations/transcript.ts';
import type { ChatMessage } from '../../../../api/openai/turn.ts';

const user = (text: string): ChatMessage => ({ role: 'user', text, images: [] });
const assistant = (text: string): ChatMessage => ({ role: 'assistant', text, images: [] });

const ALL = { thinking: true, tools: true, narration: true, final: true };

test.each([
  ['/hide-all', '', { thinking: false, tools: false, narration: false, final: true }],
  ['/show-all', '', ALL],
  ['/stream-status', '', {}],
  ['/hide-tools now\n\n    indented', ' now\n\n    indented', { tools: false }],
  ['go /show-thinking  on', 'go   on', { thinking: true }],
  ['/hide-all /show-tools', ' ', { thinking: false, tools: true, narration: false, final: true }],
  ['/hide-final/x and a/hide-all', '/hide-final/x and a/hide-all', undefined],
  ['```\n/hide-all\n```', '```\n/hide-all\n```', undefined],
  [
    '~~~~sh\n/hide-all\n~~~\n/hide-all\n~~~~\n/hide-narration',
    '~~~~sh\n/hide-all\n~~~\n/hide-all\n~~~~\n',
    { narration: false },
  ],
  ['/clear and /model x', '/clear and /model x', undefined],
])('of %j stays %j', (said, text, changes) => {
  expect(readToggles(said)).toEqual({ text, found: changes !== undefined, changes: changes ?? {} });
});

test.each([
  ['/approve apr_12', { approval_id: 'apr_12', decision: 'allow', reason: undefined }],
  [' /deny apr_12 not now\nplease ', { approval_id: 'apr_12', decision: 'deny', reason: 'not now\nplease' }],
  ['/approve', undefined],
  ['/deny all requests', undefined],
  ['say /approve apr_12', undefined],
])('%j decides %j', (text, decision) => {
  expect(readDecision(text)).toEqual(decision);
});

describe('a history', () => {
  const before = (...messages: ChatMessage[]): string[] =>
    (readHistory([...messages, user('last')])?.before ?? []).map(({ role, text }) => `${role}: ${text}`);

  test('has nothing of what was said to us: toggles, their answers, and decisions', () => {
    expect(before(user('/hide-all'), assistant('{"show_tools":false}'), user('hi'), assistant('ho'))).toEqual([
      'user: hi',
      'assistant: ho',
    ]);
    const asked = 'I ask.\n\n**Approval needed** `apr_7`: Bash `rm`\nReply `/approve apr_7` or `/deny apr_7 reason`.\n';
    const parts = before(user('do it'), assistant(asked), user('/approve apr_7'), assistant('Done.'));
    expect(parts.map((part) => part.replace(/\s+/g, ' '))).toEqual(['user: do it', 'assistant: I ask. Done.']);
  });

  test('has answers without our words for tools', () => {
    const shown = 'First.\n\n```tool_use:Bash\n{"command":"ls"}\n```\n\n````tool_result\n```\nx\n```\n````\n\nLast.';
    expect(before(user('go'), assistant(shown))[1]?.replace(/\s+/g, ' ')).toBe('assistant: First. Last.');
  });

  test('is told with its system messages apart, and the last message without toggles', () => {
    const history = readHistory([{ role: 'system', text: 'Be brief.', images: [] }, user('/show-tools hi')]);
    expect(history).toMatchObject({ instructions: 'Be brief.', before: [], last: { text: ' hi' } });
  });
});

describe('a chain', () => {
  const talk = [user('hi'), assistant('Hello!'), user('and?'), assistant('So.')];

  test('of a turn is that under which its message was said', () => {
    const first = chainOf('root', [], user('hi')).here;
    const second = chainOf('root', talk.slice(0, 2), user('and?')).here;
    const { past } = chainOf('root', talk, user('more'));
    expect(past).toEqual([
      { chain: first, answer: 'Hello!', end: 2 },
      { chain: second, answer: 'So.', end: 4 },
    ]);
  });

  test('is another one after another root, message, answer or picture, and not after other white space of an answer', () => {
    const here = (root: string, messages: ChatMessage[], last = user('x')): string =>
      chainOf(root, messages, last).here;
    const picture = { media_type: 'image/png' as const, data: 'AAAA' };
    const chains = [
      here('root', talk),
      here('other', talk),
      here('root', talk.slice(0, 2)),
      here('root', [user('hi'), assistant('Hello?'), ...talk.slice(2)]),
      here('root', talk, { ...user('x'), images: [picture] }),
    ];
    expect(new Set(chains).size).toBe(chains.length);
    expect(here('root', [user('hi'), assistant(' Hello!\n'), ...talk.slice(2)])).toBe(chains[0]);
  });
});

test('a transcript has what was said, and of too much the newest', () => {
  expect(withTranscript([], user('x')).text).toBe('x');
  expect(withTranscript([user('hi'), assistant('ho')], user('x')).text).toMatch(
    /User: hi\n\nAssistant: ho\n[^]*\n\nx$/,
  );
  const long = withTranscript([user('old'), user('a'.repeat(399_000)), assistant('new'.repeat(500))], user('x')).text;
  expect(long.length).toBeLessThan(401_000);
  expect(long).toContain('left out');
  expect(long).not.toContain('User: old');
});
