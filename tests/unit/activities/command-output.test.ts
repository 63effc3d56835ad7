import { expect, test } from '@jest/globals';
import { CommandOutput } from '../../../activities/command-output.ts';

type Written = { text: string; truncated_bytes: number };

async function written(lines: Iterable<string>): Promise<{ events: Written[]; told: string }> {
  const events: Written[] = [];
  const output = new CommandOutput(async ({ text, truncated_bytes }) => {
    await Promise.resolve();
    events.push({ text, truncated_bytes });
  });
  for (const line of lines) output.add(line);
  return { told: await output.end(), events };
}

test('a short output is written as it is, and told', async () => {
  const { events, told } = await written(['one', '', 'two']);
  expect(events).toEqual([{ text: 'one\n\ntwo\n', truncated_bytes: 0 }]);
  expect(told).toBe('one\n\ntwo\n');
});

test('of a long output the beginning and the end are written, and what lies between is counted', async () => {
  const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index} é`);
  const whole = lines.map((line) => `${line}\n`).join('');
  const { events, told } = await written(lines);
  const head = events
    .slice(0, -1)
    .map(({ text }) => text)
    .join('');
  const last = events.at(-1) ?? { text: '', truncated_bytes: 0 };
  expect(whole.startsWith(head)).toBe(true);
  expect(whole.endsWith(last.text)).toBe(true);
  expect(last.text.endsWith('line 99999 é\n')).toBe(true);
  const bytes = [head, last.text].reduce((sum, text) => sum + Buffer.byteLength(text), last.truncated_bytes);
  expect(bytes).toBe(Buffer.byteLength(whole));
  expect(Buffer.byteLength(head) + Buffer.byteLength(last.text)).toBeLessThan(200 * 1024);
  expect(whole.endsWith(told)).toBe(true);
  expect(Buffer.byteLength(told)).toBeLessThanOrEqual(8 * 1024);
});
