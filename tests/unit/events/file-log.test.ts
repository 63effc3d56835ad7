import { appendFile, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileLog } from '../../../events/file-log.ts';
import { delta, describeEventLog, range, seqs, take, text, texts } from './event-log.contract.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterAll(() => rm(folder, { recursive: true }));
const path = (stream: string): string => join(folder, `${stream}.jsonl`);

describeEventLog(test, () => new FileLog(folder));

test('a torn last line is not read, and the next writer replaces it with no number doubled or skipped', async () => {
  const log = new FileLog(folder);
  await log.append('torn', texts(1, 3));
  const whole = await readFile(path('torn'));
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (const length of [whole.length - 1, whole.length - 20, lastLine + 1]) {
    await writeFile(path('torn'), whole);
    await truncate(path('torn'), length);
    expect(seqs(await log.read('torn', 0, 10))).toEqual([1, 2]);
    expect(await log.last('torn')).toBe(2);
    expect(await log.append('torn', [text('again')])).toBe(3);
    expect((await log.read('torn', 2, 10)).map(({ event }) => event)).toEqual([text('again')]);
  }
  await writeFile(path('torn'), '{"seq":1,"at');
  expect(await log.last('torn')).toBe(0);
  expect(await log.append('torn', texts(1, 1))).toBe(1);
  await log.close();
});

test('damage in the middle hides no other event', async () => {
  const log = new FileLog(folder);
  await log.append('damaged', texts(1, 2));
  await appendFile(path('damaged'), '\0\0\0\0\n{"seq":3,"at":"x","ev\n');
  expect(seqs(await log.read('damaged', 0, 10))).toEqual([1, 2]);
  expect(await log.append('damaged', texts(3, 3))).toBe(4);
  expect(seqs(await log.read('damaged', 0, 10))).toEqual([1, 2, 4]);
  await log.close();
});

test('a writer killed while it writes loses nothing that it acknowledged, and the next goes on', async () => {
  const script = `
    import { FileLog } from ${JSON.stringify(new URL('../../../events/file-log.ts', import.meta.url).href)};
    const log = new FileLog(process.argv[1]);
    const event = { type: 'text', text: 'x'.repeat(20_000) };
    for (;;) console.log(String(await log.append('killed', [event, event, event])));`;
  const reader = new FileLog(folder);
  let acknowledged = 0;
  for (const round of range(1, 3)) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH },
    });
    const gone = once(child, 'exit');
    let output = '';
    const stop = new AbortController();
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await take(reader.tail('killed', acknowledged, stop.signal), 100 * round);
    child.kill('SIGKILL');
    await gone;
    const complete = output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
    acknowledged = Math.max(...complete);
    expect(await reader.last('killed')).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = await reader.last('killed');
    expect(await reader.append('killed', [text('next')])).toBe(acknowledged + 1);
  }
  expect(seqs(await reader.read('killed', 0, 1e6))).toEqual(range(1, acknowledged + 1));
  await reader.close();
});

const io = '/proc/self/io';
(existsSync(io) ? test : test.skip)(
  'reading from a cursor in a log of 100 MB reads only a small part of it',
  async () => {
    const log = new FileLog(folder);
    const at = new Date().toISOString();
    const line = (seq: number): string =>
      `${JSON.stringify({ seq, at, run: 1, event: text('x'.repeat(seq % 2_000)) })}\n`;
    for (let from = 1; from <= 100_000; from += 10_000) {
      await appendFile(
        path('large'),
        range(from, from + 9_999)
          .map(line)
          .join(''),
      );
    }
    expect((await stat(path('large'))).size).toBeGreaterThan(100e6);
    const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync(io, 'utf8'))?.[1]);
    for (const cursor of [0, 1, 777, 50_000, 99_000, 99_999, 100_000]) {
      const before = bytesRead();
      const events = await log.read('large', cursor, 10);
      expect(bytesRead() - before).toBeLessThan(4e6);
      expect(seqs(events)).toEqual(range(cursor + 1, Math.min(cursor + 10, 100_000)));
    }
    const before = bytesRead();
    expect(await log.append('large', texts(1, 1))).toBe(100_001);
    expect(bytesRead() - before).toBeLessThan(1e6);
    await log.close();
    await rm(path('large'));
  },
);

test('a line longer than what is read at once is found from both sides', async () => {
  const log = new FileLog(folder);
  await log.append('long', [...texts(1, 1_000), text('y'.repeat(1_000_000)), ...texts(1_002, 2_000)]);
  for (const cursor of range(995, 1_010)) {
    expect(seqs(await log.read('long', cursor, 3))).toEqual(range(cursor + 1, cursor + 3));
  }
  await log.close();
});

test('a tail that nobody tells of an append looks by itself', async () => {
  const log = new FileLog(folder);
  await log.append('quiet', texts(1, 1));
  const stop = new AbortController();
  const tail = log.tail('quiet', 0, stop.signal)[Symbol.asyncIterator]();
  await tail.next();
  const next = tail.next();
  await log.close();
  await new FileLog(folder).append('quiet', texts(2, 2));
  expect(await next).toMatchObject({ value: { seq: 2 } });
  stop.abort();
});

test('compaction makes the file smaller and leaves nothing beside it', async () => {
  const log = new FileLog(folder);
  await log.append('compacted', [delta('a'), text('a'), text('b')]);
  await log.compact('compacted');
  expect((await readFile(path('compacted'), 'utf8')).split('\n')).toHaveLength(3);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  await log.close();
});

test('the log is readable by its user alone', async () => {
  const own = join(folder, 'own');
  const log = new FileLog(own);
  await log.append('private', texts(1, 1));
  expect((await stat(own)).mode & 0o777).toBe(0o700);
  expect((await stat(join(own, 'private.jsonl'))).mode & 0o777).toBe(0o600);
  await log.close();
});

const full = '/dev/full';
(existsSync(full) ? test : test.skip)('a full disk is told as such', async () => {
  const log = new FileLog(folder);
  await symlink(full, path('full'));
  await expect(log.append('full', texts(1, 1))).rejects.toMatchObject({ type: 'disk_full' });
  await rm(path('full'));
  await log.close();
});

test('what two processes append to one stream at the same time is all there, each under a number of its own', async () => {
  const logs = [new FileLog(folder), new FileLog(folder)];
  const words = (which: number): string[] => Array.from({ length: 100 }, (_, count) => `${which}-${count}`);
  await Promise.all(
    logs.map(async (log, which) => {
      for (const text of words(which)) await log.append('both', [{ type: 'text', text }]);
    }),
  );
  const read = (await logs[0]?.read('both', 0, 1_000)) ?? [];
  expect(read.map(({ event }) => (event as { text: string }).text).sort()).toEqual([...words(0), ...words(1)].sort());
  expect(new Set(read.map(({ seq }) => seq)).size).toBe(200);
  await Promise.all(logs.map((log) => log.close()));
});
