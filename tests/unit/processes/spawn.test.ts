import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { readLines } from '../../../processes/lines.ts';
import { start, type Command } from '../../../processes/spawn.ts';
import { killTree } from '../../../processes/tree.ts';

const node = (script: string, env: Record<string, string> = {}): Command => ({
  file: process.execPath,
  args: ['-e', script],
  cwd: '/',
  env,
});
const linesOf = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

test('a program sees the given environment and nothing else', async () => {
  const run = await start({ ...node('console.log(JSON.stringify(process.env))', { ONE: '1' }), marker: 'job-1' });
  expect((await linesOf(run.lines)).map((line) => JSON.parse(line) as unknown)).toEqual([
    { ONE: '1', AGENTICORE_PROCESS_OWNER: 'job-1' },
  ]);
  await killTree(run);
});

test('a program that does not exist is the failure its caller names', async () => {
  await expect(start({ ...node(''), file: 'no-such-program' }, { missing: 'agent_missing' })).rejects.toMatchObject({
    type: 'agent_missing',
  });
});

test('a directory that does not exist is a failure too', async () => {
  await expect(start({ ...node(''), cwd: '/no/such/place' })).rejects.toMatchObject({ name: 'Failure' });
});

test('only the end of stderr is kept, while all of it is drained', async () => {
  const run = await start(node("process.stderr.write('x'.repeat(1 << 20)); process.stderr.write('the end')"));
  expect(await run.exited).toEqual({ code: 0, signal: null });
  await killTree(run);
  expect(run.stderrTail()).toHaveLength(16 * 1024);
  expect(run.stderrTail().endsWith('xthe end')).toBe(true);
});

test('writing to a program that is gone is no error', async () => {
  const run = await start(node('process.exit(0)'));
  await run.exited;
  run.stdin.write('too late');
  await killTree(run);
});

test('lines come without their ends, cut anywhere, the last one also without an end', async () => {
  const chunks = [Buffer.from('one\ntw'), Buffer.from('o\n\nthr'), Buffer.from([0xc3]), Buffer.from([0xa9])];
  expect(await linesOf(readLines(Readable.from(chunks)))).toEqual(['one', 'two', '', 'thré']);
});

test('a line above the limit is a failure', async () => {
  const chunks = [Buffer.from('fine\n'), Buffer.alloc(60), Buffer.alloc(60)];
  await expect(linesOf(readLines(Readable.from(chunks), 100))).rejects.toMatchObject({ type: 'agent_failed' });
});

test('a program waits while nobody reads what it writes', async () => {
  const run = await start(
    node(
      "const w = () => process.stdout.write('y'.repeat(99999) + '\\n', () => { console.error(++n); w(); }); let n = 0; w();",
    ),
  );
  const lines = run.lines[Symbol.asyncIterator]();
  await lines.next();
  const written = async (): Promise<number> => {
    for (let before = -1, now = 0; ; before = now) {
      now = Number(run.stderrTail().trim().split('\n').at(-1));
      if (before === now && now > 0) return now;
      await new Promise((settle) => setTimeout(settle, 150));
    }
  };
  expect(await written()).toBeLessThan(200);
  await killTree(run);
});
