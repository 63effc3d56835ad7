import { describe, expect, test } from '@jest/globals';
import { serverUrl } from '../../../cli/address.ts';
import { CliError } from '../../../cli/errors.ts';
import { createProgress } from '../../../cli/output/progress.ts';
import { formatTable } from '../../../cli/output/table.ts';
import { textWidth, wrap } from '../../../cli/output/width.ts';
import { formatBytes, toolAnswer } from '../../../cli/output/format.ts';
import { createReconnect } from '../../../cli/reconnect.ts';
import { readSse } from '../../../cli/sse.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';

describe('the address of the server', () => {
  test.each([
    [undefined, {}, 'http://127.0.0.1:8200'],
    [undefined, { AGENTICORE_HOST: '0.0.0.0', AGENTICORE_PORT: '9000' }, 'http://127.0.0.1:9000'],
    [undefined, { AGENTICORE_HOST: '::1', AGENTICORE_URL: ' ' }, 'http://[::1]:8200'],
    [undefined, { AGENTICORE_URL: 'https://host/base/', AGENTICORE_PORT: '9000' }, 'https://host/base'],
    ['http://given:1', { AGENTICORE_URL: 'https://host' }, 'http://given:1'],
  ])('--url %s with %j is %s', (option, env, url) => {
    expect(serverUrl(option, env)).toBe(url);
  });

  test('is refused if it contains a password, and the error does not repeat it', () => {
    expect(() => serverUrl('http://me:hunter2@host')).toThrow(
      /^(?!.*hunter2).*must not contain a user name or password/,
    );
  });
});

test('a table fits the width, also with wide characters, and its widest columns are cut', () => {
  const rows = [
    ['ID', 'STAGE', 'TASK'],
    ['1', 'creating_worktree', 'テストを直す、いますぐに'],
    ['22', 'running_agent', 'short'],
  ];
  const lines = formatTable(rows, 30);
  expect(lines).toEqual(['ID  STAGE         TASK', '1   creating_wo…  テストを直…', '22  running_age…  short']);
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(30);
  expect(formatTable(rows, Infinity)[1]).toBe('1   creating_worktree  テストを直す、いますぐに');
});

test('an emoji of several code points is two columns wide and is cut off as a whole', () => {
  const family = '👨‍👩‍👧';
  expect(textWidth(family)).toBe(2);
  expect(formatTable([[`abcdefg${family}xyz`]], 9)).toEqual(['abcdefg…']);
  expect(formatTable([[`abcdefg${family}xyz`]], 10)).toEqual([`abcdefg${family}…`]);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1.5 * 1024 ** 2, '1.5 MiB'],
  [2 ** 53, '8192.0 TiB'],
])('%d bytes are %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words));

describe('a long line', () => {
  test('is broken between words, and a URL in it stays whole', () => {
    const address = 'https://github.com/org/repo/pull/7';
    expect(wrap(`the branch of ${address} is gone for good`, 16)).toEqual([
      'the branch of',
      address,
      'is gone for good',
    ]);
  });

  test('keeps its indentation, and a short one stays unchanged', () => {
    expect(wrap('  a b  c', 4)).toEqual(['  a', 'b  c']);
    expect(wrap('short  one ', Infinity)).toEqual(['short  one ']);
  });
});

test('a tab in the answer of a tool takes one column', () => {
  expect(toolAnswer('1\tfirst\n2\tsecond')).toEqual({ first: '1 first', more: 1 });
});

describe('text of an agent', () => {
  const shown = (...events: StreamEvent[]): string => {
    let out = '';
    const show = createProgress((text) => (out += text));
    events.forEach((event, i) => show({ seq: i + 1, at: '', run: 1, event }));
    return out;
  };
  const delta = (text: string): StreamEvent => ({ type: 'text_delta', text });
  const block = (text: string): StreamEvent => ({ type: 'text', text });

  test('is shown once when its fragments and its block arrive', () =>
    expect(shown(delta('ab'), delta('cd'), block('abcd'), block('e'))).toBe('abcd\ne\n'));
  test('is completed by the block when later fragments are missing', () =>
    expect(shown(delta('ab'), block('abcd'))).toBe('abcd\n'));
  test('is not repeated when the first fragments were not read', () =>
    expect(shown(delta('cd'), block('abcd'))).toBe('cd\n'));
  test('is shown whole when the fragments before belong to an interrupted turn', () =>
    expect(shown(delta('lost'), { type: 'restarted', reason: 'crash' }, block('anew'))).toBe(
      'lost\n↻ the agent starts again: crash\nanew\n',
    ));
});

test.each(['\n', '\r\n'])('an event stream with the line end %j may arrive in pieces of any size', async (end) => {
  const lines = [
    ': hi',
    '',
    'id: 1',
    'event: text',
    'data: {"a":"ü"}',
    '',
    'retry: 10',
    'id: 2',
    'data: 2',
    '',
    'data: cut',
  ];
  const bytes = new TextEncoder().encode(lines.join(end));
  for (let size = 1; size < bytes.length; size++) {
    const chunks = (async function* () {
      for (let i = 0; i < bytes.length; i += size) yield await Promise.resolve(bytes.subarray(i, i + size));
    })();
    const read: string[] = [];
    for await (const data of readSse(chunks, () => undefined)) read.push(data);
    expect(read).toEqual(['{"a":"ü"}', '2']);
  }
});

test('reconnecting ends when the server stays away, and each answer restarts its time limit', async () => {
  const told: string[] = [];
  const reconnect = createReconnect({ url: 'http://x', tell: (sentence) => told.push(sentence), giveUpMs: 300 });
  const away = new CliError('nothing answers', { code: 'no_server', transient: true });
  const { signal } = new AbortController();
  await reconnect.retry(away, signal);
  reconnect.answered();
  await reconnect.retry(away, signal);
  await expect(reconnect.retry(away, signal)).rejects.toMatchObject({ code: 'connection_lost', exitCode: 2 });
  expect(told).toHaveLength(3);
  const refused = new CliError('no', { code: 'job_not_found' });
  await expect(reconnect.retry(refused, signal)).rejects.toBe(refused);
});
