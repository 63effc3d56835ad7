import type { FileHandle } from 'node:fs/promises';
import { seqOf } from './json-line.ts';

/** Bytes read at once. */
const CHUNK = 64 * 1024;

interface Line {
  /** Offset of its first byte. */
  start: number;
  /** Without the newline. */
  bytes: Buffer;
}

/** Lines from byte `from` to the end of the file. A last line without newline is torn, or not yet written: left out. */
export async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<Line> {
  const chunk = Buffer.alloc(CHUNK);
  const parts: Buffer[] = [];
  let start = from;
  for (let at = from; ;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, at);
    if (bytesRead === 0) return;
    let begin = 0;
    for (let end = newline(chunk, 0, bytesRead); end !== -1; end = newline(chunk, begin, bytesRead)) {
      parts.push(chunk.subarray(begin, end));
      yield { start, bytes: Buffer.concat(parts) };
      parts.length = 0;
      begin = end + 1;
      start = at + begin;
    }
    if (begin < bytesRead) parts.push(Buffer.from(chunk.subarray(begin, bytesRead)));
    at += bytesRead;
  }
}

/** Offset of a line from which on every event after `cursor` is met; reads a few chunks of a file of any size. */
export async function offsetOf(file: FileHandle, size: number, cursor: number): Promise<number> {
  let low = 0;
  let high = size;
  // Most readers follow the end, so the search begins there.
  for (let back = CHUNK; cursor > 0 && back < size; back *= 2) {
    const line = await firstLineAfter(file, size - back);
    if (line !== null && line.seq <= cursor) {
      low = line.start;
      break;
    }
    high = size - back;
  }
  while (cursor > 0 && high - low > CHUNK) {
    const middle = Math.floor((low + high) / 2);
    const line = await firstLineAfter(file, middle);
    if (line !== null && line.start < high && line.seq <= cursor) low = line.start;
    else high = middle;
  }
  return low;
}

/** Where the last good line ends, and its number; `{ end: 0, seq: 0 }` in a file without one. */
export async function tipOf(file: FileHandle, size: number): Promise<{ end: number; seq: number }> {
  let end = await lastNewlineBefore(file, size);
  while (end !== -1) {
    const previous = await lastNewlineBefore(file, end);
    const head = Buffer.alloc(32);
    const { bytesRead } = await file.read(head, 0, head.length, previous + 1);
    const seq = seqOf(head.subarray(0, bytesRead));
    if (seq !== null) return { end: end + 1, seq };
    end = previous;
  }
  return { end: 0, seq: 0 };
}

async function firstLineAfter(file: FileHandle, offset: number): Promise<{ start: number; seq: number } | null> {
  let whole = false;
  for await (const { start, bytes } of linesFrom(file, offset)) {
    const seq = whole ? seqOf(bytes) : null;
    if (seq !== null) return { start, seq };
    whole = true;
  }
  return null;
}

/** Offset of the last newline in the first `end` bytes, -1 when there is none. */
async function lastNewlineBefore(file: FileHandle, end: number): Promise<number> {
  const chunk = Buffer.alloc(Math.min(CHUNK, end));
  for (let at = end; at > 0;) {
    const from = Math.max(0, at - CHUNK);
    const { bytesRead } = await file.read(chunk, 0, at - from, from);
    const found = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (found !== -1) return from + found;
    at = from;
  }
  return -1;
}

const newline = (chunk: Buffer, from: number, end: number): number => chunk.subarray(0, end).indexOf(0x0a, from);
