import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { LoggedEvent, StreamEvent } from '../contract/workflow/stream-events.ts';
import { AppendQueue, type Entry } from './append-queue.ts';
import { checkStreamName, type AppendOptions, type EventLog, type EventMeter } from './event-log.ts';
import { follow } from './tail.ts';
import { gap, gapAfter } from './sequence.ts';
import { allOf, RedisConnection } from './redis-connection.ts';
import { APPEND, fromEntry, type StreamEntry } from './redis-entries.ts';
import { SupersededDeltas } from './drop-deltas.ts';

/** Entries that compaction reads, or drops, at once. */
const PAGE = 1_000;

/** How much longer than its events a stream's numbers are remembered, so that a late reader is told of a gap. */
const STATE_TTL_FACTOR = 10;

export interface RedisLogOptions {
  /** redis:// or rediss://, with its password where it has one. */
  url: string;
  /** First part of every key. */
  prefix: string;
  /** How many of the newest events of a stream are kept, roughly. */
  maxEvents?: number;
  /** Seconds after the last append for which a stream is kept. */
  ttlS?: number;
  meter?: EventMeter | undefined;
}

/**
 * Event log in Redis Streams, as `<prefix>:events:<stream>` with ids `<seq>-0`, for any number of hosts. Redis that is
 * away is waited for up to 5 s, then calls throw `events_unavailable`. Acknowledged events outlive Redis itself as far
 * as it persists them; what it lost reads as a gap and its numbers are not given again by this process.
 */
export class RedisLog implements EventLog {
  readonly #prefix: string;
  readonly #maxEvents: number;
  readonly #ttl: number;
  readonly #connection: RedisConnection;
  readonly #meter: EventMeter | undefined;
  readonly #queue: AppendQueue;
  /** Last number that this process was given per stream, against a Redis that forgot. */
  readonly #given = new Map<string, number>();

  constructor({ url, prefix, maxEvents = 50_000, ttlS = 7 * 86_400, meter }: RedisLogOptions) {
    this.#meter = meter;
    this.#queue = new AppendQueue((stream, entries) => this.#commit(stream, entries), meter);
    this.#prefix = prefix;
    this.#maxEvents = maxEvents;
    this.#ttl = ttlS;
    this.#connection = new RedisConnection(url);
  }

  async append(stream: string, events: StreamEvent[], options: AppendOptions = {}): Promise<number> {
    checkStreamName(stream);
    return events.length === 0 ? this.last(stream) : this.#queue.append(stream, events, options);
  }

  async read(stream: string, cursor: number, limit: number): Promise<LoggedEvent[]> {
    if (limit <= 0) return [];
    const { entries, floor } = await this.#range(stream, cursor, limit);
    const events: LoggedEvent[] = [];
    if (floor > cursor) events.push(gap(cursor + 1, floor, new Date().toISOString()));
    let last = Math.max(cursor, floor);
    for (const logged of entries) {
      if (logged.seq <= last) continue;
      events.push(gapAfter(last, logged));
      last = logged.seq;
    }
    return events.slice(0, limit);
  }

  tail(stream: string, cursor: number, signal: AbortSignal): AsyncIterable<LoggedEvent> {
    const channel = this.#key(stream);
    const watch = (ring: () => void): (() => void) => this.#connection.subscribe(channel, ring);
    const read = (from: number, limit: number): Promise<LoggedEvent[]> => this.read(stream, from, limit);
    return follow({ read, watch, meter: this.#meter }, cursor, signal);
  }

  async last(stream: string): Promise<number> {
    return Number((await this.#ask(stream, (redis, state) => redis.hget(state, 'last'))) ?? 0);
  }

  async has(stream: string): Promise<boolean> {
    return (await this.#ask(stream, (redis, state) => redis.exists(state))) === 1;
  }

  async compact(stream: string): Promise<void> {
    const key = this.#key(stream);
    await this.#queue.exclusive(stream, async () => {
      const superseded = new SupersededDeltas();
      for (let cursor = 0, more = true; more;) {
        const { entries } = await this.#range(stream, cursor, PAGE);
        for (const { seq, event } of entries) superseded.add(seq, event);
        cursor = entries.at(-1)?.seq ?? cursor;
        more = entries.length === PAGE;
      }
      const ids = superseded.seqs().map((seq) => `${seq}-0`);
      while (ids.length > 0) {
        const some = ids.splice(0, PAGE);
        await this.#connection.call((redis) => redis.xdel(key, ...some));
      }
    });
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#connection.close();
  }

  async #commit(stream: string, entries: Entry[]): Promise<number[]> {
    const key = this.#key(stream);
    const lowest = (this.#given.get(stream) ?? 0) + 1;
    const head = [
      randomUUID(),
      new Date().toISOString(),
      this.#maxEvents,
      this.#ttl,
      this.#ttl * STATE_TTL_FACTOR,
      lowest,
    ];
    const pairs = entries.flatMap(({ min_seq, run, event }) => [min_seq, run, JSON.stringify(event)]);
    const answer = await this.#ask(stream, (redis, state) => redis.eval(APPEND, 2, key, state, ...head, ...pairs));
    const seqs = String(answer).split(',').map(Number);
    this.#given.set(stream, seqs.at(-1) ?? 0);
    // Followers poll, too: telling them may fail.
    void this.#connection.call((redis) => redis.publish(key, '')).catch(() => undefined);
    return seqs;
  }

  /** Events after `cursor`, and up to which number events are lost. */
  async #range(stream: string, cursor: number, limit: number): Promise<{ entries: LoggedEvent[]; floor: number }> {
    const key = this.#key(stream);
    const from = `${Math.max(0, cursor) + 1}-0`;
    const [exists, kept, entries] = await this.#ask(stream, (redis, state) =>
      allOf<[number, (string | null)[], StreamEntry[]]>(
        redis.multi().exists(key).hmget(state, 'floor', 'last').xrange(key, from, '+', 'COUNT', limit),
      ),
    );
    // A stream that is gone while its numbers are known has expired.
    const floor = exists === 1 ? kept[0] : kept[1];
    return { entries: entries.flatMap((entry) => fromEntry(entry) ?? []), floor: Number(floor ?? 0) };
  }

  #ask<T>(stream: string, action: (redis: Redis, state: string) => Promise<T>): Promise<T> {
    const state = `${this.#key(stream)}:state`;
    return this.#connection.call((redis) => action(redis, state));
  }

  #key(stream: string): string {
    checkStreamName(stream);
    return `${this.#prefix}:events:${stream}`;
  }
}
