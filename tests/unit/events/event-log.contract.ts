import { expect } from '@jest/globals';
import type { test } from '@jest/globals';
import type { LoggedEvent, StreamEvent } from '../../../contract/workflow/stream-events.ts';
import type { EventLog } from '../../../events/event-log.ts';
import { POLL_MS } from '../../../events/tail.ts';

export const text = (said: string): StreamEvent => ({ type: 'text', text: said });
export const delta = (said: string): StreamEvent => ({ type: 'text_delta', text: said });
export const texts = (from: number, to: number): StreamEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => text(`event ${from + index}`));
export const seqs = (events: LoggedEvent[]): number[] => events.map(({ seq }) => seq);
export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The first `count` events of a tail. */
export async function take(events: AsyncIterable<LoggedEvent>, count: number): Promise<LoggedEvent[]> {
  const taken: LoggedEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

/** What every event log must do. `open` opens the same log anew each time, as another process would. */
export function describeEventLog(fact: typeof test | typeof test.skip, open: () => EventLog): void {
  let streams = 0;
  const fresh = (): string => `stream-${(streams += 1)}`;
  const signal = new AbortController().signal;
  const withLog = (use: (log: EventLog, stream: string) => Promise<void>) => async (): Promise<void> => {
    const log = open();
    try {
      await use(log, fresh());
    } finally {
      await log.close();
    }
  };

  fact(
    'an unknown stream is empty',
    withLog(async (log, stream) => {
      expect(await log.has(stream)).toBe(false);
      expect(await log.last(stream)).toBe(0);
      expect(await log.read(stream, 0, 10)).toEqual([]);
      expect(await log.append(stream, [])).toBe(0);
      expect(await log.has(stream)).toBe(false);
    }),
  );

  fact(
    'events are numbered from 1 and come back as they were, with the time of the append',
    withLog(async (log, stream) => {
      const events = [text('a\nb \u2028 "ü" 🙂'), text(''), text('x'.repeat(5_000_000))];
      const before = new Date().toISOString();
      expect(await log.append(stream, events)).toBe(3);
      const read = await log.read(stream, 0, 10);
      expect(read.map(({ event }) => event)).toEqual(events);
      expect(seqs(read)).toEqual([1, 2, 3]);
      expect(read.every(({ at }) => at >= before && at <= new Date().toISOString())).toBe(true);
      expect([await log.has(stream), await log.last(stream)]).toEqual([true, 3]);
    }),
  );

  fact(
    'appends that nobody waited for keep the order of the calls',
    withLog(async (log, stream) => {
      const appends = range(1, 300).map((n) => log.append(stream, texts(n, n)));
      expect(await Promise.all(appends)).toEqual(range(1, 300));
      const read = await log.read(stream, 0, 1_000);
      expect(seqs(read)).toEqual(range(1, 300));
      expect(read.map(({ event }) => event)).toEqual(texts(1, 300));
    }),
  );

  fact(
    'reading goes on from any cursor, a page at a time',
    withLog(async (log, stream) => {
      await log.append(stream, texts(1, 25));
      expect(seqs(await log.read(stream, 0, 10))).toEqual(range(1, 10));
      expect(seqs(await log.read(stream, 10, 10))).toEqual(range(11, 20));
      expect(seqs(await log.read(stream, 20, 10))).toEqual(range(21, 25));
      expect(await log.read(stream, 25, 10)).toEqual([]);
      expect(await log.read(stream, 99, 10)).toEqual([]);
      expect(await log.read(stream, 0, 0)).toEqual([]);
    }),
  );

  fact(
    'a writer that takes over counts on where the other ended, in turns',
    withLog(async (log, stream) => {
      const other = open();
      for (const n of range(1, 10)) expect(await (n % 2 ? log : other).append(stream, texts(n, n))).toBe(n);
      await other.close();
      expect((await log.read(stream, 0, 100)).map(({ event }) => event)).toEqual(texts(1, 10));
    }),
  );

  fact(
    'a stream that began on another host starts at the given number and reads with a gap before it',
    withLog(async (log, stream) => {
      expect(await log.append(stream, texts(1, 2), { first_seq: 51 })).toBe(52);
      const gap = (from: number): unknown => ({ type: 'gap', from, to: 50 });
      const read = await log.read(stream, 0, 10);
      expect(seqs(read)).toEqual([50, 51, 52]);
      expect(read[0]?.event).toEqual(gap(1));
      expect((await log.read(stream, 20, 1))[0]?.event).toEqual(gap(21));
      expect(seqs(await log.read(stream, 50, 10))).toEqual([51, 52]);
    }),
  );

  fact(
    'a lowest number that is already passed, or next, leaves no gap',
    withLog(async (log, stream) => {
      await log.append(stream, texts(1, 5), { first_seq: 1 });
      expect(await log.append(stream, texts(6, 6), { first_seq: 3 })).toBe(6);
      expect(await log.append(stream, texts(7, 8), { first_seq: 7 })).toBe(8);
      expect((await log.read(stream, 0, 100)).map(({ event }) => event)).toEqual(texts(1, 8));
    }),
  );

  fact(
    'a tail gives what is there and then what any process appends, once and in order, to each follower',
    withLog(async (log, stream) => {
      const other = open();
      const early = take(log.tail(stream, 0, signal), 700);
      await other.append(stream, texts(1, 600));
      const late = take(other.tail(stream, 590, signal), 110);
      for (const n of range(601, 700)) await (n % 2 ? log : other).append(stream, texts(n, n));
      expect((await early).map(({ event }) => event)).toEqual(texts(1, 700));
      expect(seqs(await late)).toEqual(range(591, 700));
      await other.close();
    }),
  );

  fact(
    'a tail is told of appends, and does not only look for them from time to time',
    withLog(async (log, stream) => {
      const tail = log.tail(stream, 0, signal)[Symbol.asyncIterator]();
      const appends = 20;
      const start = performance.now();
      for (const n of range(1, appends)) {
        const next = tail.next();
        await log.append(stream, texts(n, n));
        await next;
      }
      // Every append that is only found by looking would take this long.
      expect(performance.now() - start).toBeLessThan((appends / 2) * POLL_MS);
      await tail.return?.(undefined);
    }),
  );

  fact(
    'a tail ends without an error when its signal aborts, waiting or not',
    withLog(async (log, stream) => {
      await log.append(stream, texts(1, 3));
      const stop = new AbortController();
      const got: number[] = [];
      for await (const { seq } of log.tail(stream, 0, stop.signal)) {
        got.push(seq);
        if (seq === 3) setImmediate(() => stop.abort());
      }
      expect(got).toEqual([1, 2, 3]);
      expect(await take(log.tail(stream, 0, stop.signal), 1)).toEqual([]);
    }),
  );

  fact(
    'compaction drops the deltas of complete blocks only, keeps every number, and is no gap',
    withLog(async (log, stream) => {
      const cut = [delta('cut'), delta(' off')];
      const events = [delta('a'), delta('b'), text('ab'), ...cut, { type: 'restarted', reason: 'crash' } as const];
      await log.append(stream, [...events, delta('c'), text('c'), delta('open')]);
      const follower = take(log.tail(stream, 0, signal), 10);
      await log.compact(stream);
      const kept = await log.read(stream, 0, 100);
      expect(seqs(kept)).toEqual([3, 4, 5, 6, 8, 9]);
      expect(kept[1]?.event).toEqual(delta('cut'));
      expect(await log.append(stream, [text('next')])).toBe(10);
      expect(seqs(await log.read(stream, 6, 100))).toEqual([8, 9, 10]);
      expect(await log.append(stream, texts(11, 13))).toBe(13);
      const followed = seqs(await follower);
      expect(followed).toEqual([...followed].sort((a, b) => a - b));
      expect(followed).toEqual(expect.arrayContaining([3, 4, 5, 6, 8, 9, 10]));
    }),
  );

  fact(
    'numbers go on after compaction, also a repeated one',
    withLog(async (log, stream) => {
      await log.append(stream, [delta('a'), { type: 'thinking', text: 't' }, text('a')]);
      await log.compact(stream);
      await log.compact(stream);
      expect(await log.last(stream)).toBe(3);
      expect(await log.append(stream, [text('b')])).toBe(4);
    }),
  );

  fact(
    'a name that is a path is refused by every call',
    withLog(async (log) => {
      for (const name of [
        '',
        '.',
        '..',
        '../x',
        'a/b',
        'a\\b',
        '/etc/passwd',
        '.hidden',
        'a\0b',
        'a\n',
        'x'.repeat(129),
      ]) {
        const refused = expect.objectContaining({ type: 'invalid_request' });
        await expect(log.append(name, texts(1, 1))).rejects.toEqual(refused);
        await expect(log.read(name, 0, 1)).rejects.toEqual(refused);
        await expect(log.last(name)).rejects.toEqual(refused);
        await expect(log.has(name)).rejects.toEqual(refused);
        await expect(log.compact(name)).rejects.toEqual(refused);
        expect(() => log.tail(name, 0, signal)).toThrow('must be the id of a job or session');
      }
    }),
  );
}
