import { mkdirSync } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent, StreamEvent } from '../contract/workflow/stream-events.ts';
import { Failure } from '../contract/shared/failures.ts';
import { AppendQueue, type Entry } from './append-queue.ts';
import { compactFile } from './compact-file.ts';
import { checkStreamName, type AppendOptions, type EventLog, type EventMeter } from './event-log.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { follow } from './tail.ts';
import { gapAfter, toLines } from './sequence.ts';
import { fromLine, seqOf } from './json-line.ts';
import { linesFrom, offsetOf, tipOf } from './line-file.ts';

/** How often a stream that another process changes is looked at, and how long that takes at most (milliseconds). */
const LOOK_EVERY_MS = 2;
const LEFT_BEHIND_MS = 2_000;

/**
 * Event log in `directory` (made if need be, for this user alone): one JSONL file per stream, which any process on this
 * disk may read, follow and append to. Nothing is ever dropped but by compaction. Appends survive the death of the
 * process, not a power cut. A full disk throws `disk_full`.
 */
export class FileLog implements EventLog {
  readonly #directory: string;
  readonly #watch: DirectoryWatch;
  readonly #meter: EventMeter | undefined;
  readonly #queue: AppendQueue;

  constructor(directory: string, meter?: EventMeter) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#meter = meter;
    this.#queue = new AppendQueue((stream, entries) => this.#commit(stream, entries), meter);
    this.#directory = directory;
    this.#watch = new DirectoryWatch(directory);
  }

  async append(stream: string, events: StreamEvent[], options: AppendOptions = {}): Promise<number> {
    checkStreamName(stream);
    return events.length === 0 ? this.last(stream) : this.#queue.append(stream, events, options);
  }

  async read(stream: string, cursor: number, limit: number): Promise<LoggedEvent[]> {
    const events = await this.#withFile(stream, 'r', (file) => readPage(file, cursor, limit));
    return events ?? [];
  }

  tail(stream: string, cursor: number, signal: AbortSignal): AsyncIterable<LoggedEvent> {
    checkStreamName(stream);
    const watch = (ring: () => void): (() => void) => this.#watch.add(`${stream}.jsonl`, ring);
    const read = (from: number, limit: number): Promise<LoggedEvent[]> => this.read(stream, from, limit);
    return follow({ read, watch, meter: this.#meter }, cursor, signal);
  }

  async last(stream: string): Promise<number> {
    const tip = await this.#withFile(stream, 'r', async (file) => tipOf(file, (await file.stat()).size));
    return tip?.seq ?? 0;
  }

  async has(stream: string): Promise<boolean> {
    return stat(this.#path(stream)).then(
      () => true,
      () => false,
    );
  }

  async compact(stream: string): Promise<void> {
    const path = this.#path(stream);
    const compact = (): Promise<unknown> => this.#withFile(stream, 'r', (file) => compactFile(file, path));
    await this.#queue.exclusive(stream, () => this.#alone(stream, compact));
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#watch.close();
  }

  #commit(stream: string, entries: Entry[]): Promise<number[]> {
    return this.#alone(stream, async () => {
      const seqs = await this.#withFile(stream, 'a+', async (file) => {
        const { size } = await file.stat();
        // Read anew each time: another process may have written since.
        const tip = await tipOf(file, size);
        const { lines, seqs } = toLines(tip.seq, entries);
        try {
          if (tip.end < size) await file.truncate(tip.end);
          await file.appendFile(lines);
        } catch (error) {
          await file.truncate(tip.end).catch(() => undefined);
          throw error;
        }
        return seqs;
      });
      return seqs ?? [];
    });
  }

  /** Does what changes a stream while no other process does. */
  async #alone<T>(stream: string, change: () => Promise<T>): Promise<T> {
    const path = this.#path(stream);
    const lock = `${path}.lock`;
    while (!(await takeLock(lock, path))) await sleep(LOOK_EVERY_MS);
    try {
      return await change();
    } finally {
      await rm(lock, { force: true });
    }
  }

  #path(stream: string): string {
    checkStreamName(stream);
    return join(this.#directory, `${stream}.jsonl`);
  }

  /** Null when a file that is to be read does not exist. */
  async #withFile<T>(stream: string, flags: 'r' | 'a+', use: (file: FileHandle) => Promise<T>): Promise<T | null> {
    const path = this.#path(stream);
    let file: FileHandle | undefined;
    try {
      file = await open(path, flags, 0o600);
      return await use(file);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' && flags === 'r') return null;
      throw asFailure(error, code, path);
    } finally {
      await file?.close();
    }
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** False while another process has it; one that was killed with it is left behind after a while. */
async function takeLock(lock: string, path: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST') throw asFailure(error, code, path);
  }
  const since = await stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (since > LEFT_BEHIND_MS) await rm(lock, { force: true });
  return false;
}

async function readPage(file: FileHandle, cursor: number, limit: number): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  if (limit <= 0) return events;
  const { size } = await file.stat();
  let last = cursor;
  for await (const { bytes } of linesFrom(file, await offsetOf(file, size, cursor))) {
    if ((seqOf(bytes) ?? 0) <= last) continue;
    const logged = fromLine(bytes);
    if (logged === null) continue;
    events.push(gapAfter(last, logged));
    last = logged.seq;
    if (events.length === limit) break;
  }
  return events;
}

function asFailure(error: unknown, code: string, path: string): unknown {
  if (code === '') return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Failure('disk_full', `No space is left for the event log ${path}.`, { cause: error });
  return new Failure('events_unavailable', `The event log ${path} cannot be used (${code}).`, { cause: error });
}
