import { mkdirSync } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedEvent, StreamEvent } from '../contract/workflow/stream-events.ts';
import { Failure } from '../contract/shared/failures.ts';
import { AppendQueue, type Entry } from './append-queue.ts';
import { compactFile } from './compact-file.ts';
import { checkStreamName, type AppendOptions, type EventLog } from './event-log.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { follow } from './tail.ts';
import { gapAfter, toLines } from './sequence.ts';
import { fromLine, seqOf } from './json-line.ts';
import { linesFrom, offsetOf, tipOf } from './line-file.ts';

/**
 * Event log in `directory` (made if need be, for this user alone): one JSONL file per stream, which any process on this
 * disk may read, follow and append to. Nothing is ever dropped but by compaction. Appends survive the death of the
 * process, not a power cut. A full disk throws `disk_full`.
 */
export class FileLog implements EventLog {
  readonly #directory: string;
  readonly #watch: DirectoryWatch;
  readonly #queue = new AppendQueue((stream, entries) => this.#commit(stream, entries));

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
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
    return follow({ read: (from, limit) => this.read(stream, from, limit), watch }, cursor, signal);
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
    await this.#queue.exclusive(stream, () => this.#withFile(stream, 'r', (file) => compactFile(file, path)));
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#watch.close();
  }

  async #commit(stream: string, entries: Entry[]): Promise<number[]> {
    for (;;) {
      const seqs = await this.#withFile(stream, 'a+', (file) => this.#write(stream, file, entries));
      if (seqs != null) return seqs;
    }
  }

  /** Undefined where another process has written at the same time, so that nobody may read what was written here. */
  async #write(stream: string, file: FileHandle, entries: Entry[]): Promise<number[] | undefined> {
    const { size, ino } = await file.stat();
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
    // Numbers that another process has given at this place count; and a log that was compacted is another file.
    const isHere = (await isAt(file, tip.end, lines)) && (await inodeOf(this.#path(stream))) === ino;
    return isHere ? seqs : undefined;
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
      const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
      if (code === 'ENOENT' && flags === 'r') return null;
      throw asFailure(error, code, path);
    } finally {
      await file?.close();
    }
  }
}

const inodeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );

/** Whether the file has `text` at `offset`. */
async function isAt(file: FileHandle, offset: number, text: string): Promise<boolean> {
  const wanted = Buffer.from(text);
  if ((await file.stat()).size === offset + wanted.length) return true;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted.length), 0, wanted.length, offset);
  return buffer.subarray(0, bytesRead).equals(wanted);
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
