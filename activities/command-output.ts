import type { StreamEvent } from '../contract/workflow/stream-events.ts';

/** Most of a command's output that goes to the events as it comes, and of its end, after what is left out (bytes). */
const MAX_HEAD = 128 * 1024;
const MAX_TAIL = 32 * 1024;

/** Most of its end that is told to the agent (bytes). */
const MAX_TOLD = 8 * 1024;

/** Longest wait before a piece of it is written (milliseconds), and its length from which on there is none (bytes). */
const WAIT_MS = 250;
const PIECE = 8 * 1024;

type OutputEvent = Extract<StreamEvent, { type: 'command_output' }>;

/** The output of one command on its way to the events: its beginning and its end, whatever lies between. */
export class CommandOutput {
  readonly #write: (event: OutputEvent) => Promise<void>;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #pending = '';
  #written = 0;
  #dropped = 0;
  #tail = '';

  constructor(write: (event: OutputEvent) => Promise<void>) {
    this.#write = write;
  }

  /** Takes one line, without its end. */
  add(text: string): void {
    const line = `${text}\n`;
    this.#tail += line;
    if (this.#tail.length > 2 * MAX_TAIL) this.#tail = lastBytes(this.#tail, MAX_TAIL);
    if (this.#written >= MAX_HEAD) {
      this.#dropped += Buffer.byteLength(line);
      return;
    }
    this.#pending += line;
    this.#timer ??= setTimeout(() => this.#flush(), WAIT_MS);
    if (this.#pending.length >= PIECE) this.#flush();
  }

  /** Writes what is left, and answers the end of all. */
  async end(): Promise<string> {
    this.#flush();
    if (this.#dropped > 0) {
      const text = lastBytes(this.#tail, Math.min(this.#dropped, MAX_TAIL));
      this.#queue(text, this.#dropped - Buffer.byteLength(text));
    }
    await this.#writing;
    return lastBytes(this.#tail, MAX_TOLD);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending === '') return;
    const text = firstBytes(this.#pending, MAX_HEAD - this.#written);
    const bytes = Buffer.byteLength(this.#pending);
    this.#dropped += bytes - Buffer.byteLength(text);
    this.#written += bytes;
    this.#pending = '';
    this.#queue(text, 0);
  }

  #queue(text: string, truncated_bytes: number): void {
    this.#writing = this.#writing.then(() => this.#write({ type: 'command_output', text, truncated_bytes }));
  }
}

const firstBytes = (text: string, bytes: number): string =>
  Buffer.byteLength(text) <= bytes
    ? text
    : new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });

/** Without a character that is cut. */
function lastBytes(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  let start = all.length - bytes;
  while (((all[start] ?? 0) & 0xc0) === 0x80) start++;
  return all.subarray(start).toString('utf8');
}
