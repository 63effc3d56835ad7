import type { Readable } from 'node:stream';
import { Failure } from '../contract/shared/failures.ts';

/** Longest line that is accepted, in bytes. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

const NEWLINE = 10;

/**
 * The lines of `stream` as UTF-8 without their line ends, read only as fast as they are consumed. A line ends at LF and
 * nowhere else: JSON may hold U+2028, and CR as white space, where Node's readline cuts. A last line without an end
 * counts. A stream that is destroyed ends there. A line above `limit` bytes is the Failure `agent_failed`; at
 * most that much is held in memory.
 */
export async function* readLines(stream: Readable, limit = MAX_LINE_BYTES): AsyncGenerator<string, void> {
  let pending: Buffer[] = [];
  let size = 0;
  const add = (part: Buffer): void => {
    size += part.length;
    if (size > limit)
      throw new Failure(
        'agent_failed',
        `The program wrote a line of more than ${limit} bytes, which cannot be a message.`,
      );
    pending.push(part);
  };
  const take = (): string => {
    const line = Buffer.concat(pending).toString('utf8');
    pending = [];
    size = 0;
    return line;
  };
  for await (const chunk of untilClosed(stream)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (size > 0) yield take();
}

async function* untilClosed(stream: Readable): AsyncGenerator<Buffer, void> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
