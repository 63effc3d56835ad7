import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { EVENT_STREAM_HEADERS, KEEPALIVE_MS } from '../http/sse.ts';

/** A stream of frames to one client; comments fill its silence. */
export class FrameStream {
  readonly #reply: FastifyReply;
  /** Aborts when the client is not there any more. */
  readonly gone: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
    this.gone = goneSignal(reply);
    this.gone.addEventListener('abort', () => clearInterval(this.#timer), { once: true });
  }

  /** Sends the headers and a first comment, so that the client knows that it is heard. */
  open(headers: Readonly<Record<string, string>>): void {
    this.#reply.headers({ ...EVENT_STREAM_HEADERS, ...headers });
    const raw = takeResponse(this.#reply);
    raw.write(': keepalive\n\n');
    this.#timer = setInterval(() => raw.write(': keepalive\n\n'), KEEPALIVE_MS);
  }

  /** Sends a frame; `seq` is the event after which a client goes on that has had this frame. */
  async send(data: object, seq?: number, name?: string): Promise<void> {
    const { raw } = this.#reply;
    if (this.gone.aborted) return;
    this.#timer?.refresh();
    const id = seq === undefined ? '' : `id: ${seq}\n`;
    const event = name === undefined ? '' : `event: ${name}\n`;
    if (raw.write(`${id}${event}data: ${JSON.stringify(data)}\n\n`)) return;
    await once(raw, 'drain', { signal: this.gone }).catch(() => undefined);
  }

  /** Says that nothing comes any more. */
  end(last = 'data: [DONE]\n\n'): void {
    clearInterval(this.#timer);
    if (!this.gone.aborted) this.#reply.raw.end(last);
  }
}

/** Aborts when the client has gone before it had all. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The response of `reply`, with its headers, for a writer that Fastify leaves alone. */
export function takeResponse(reply: FastifyReply): ServerResponse {
  const sent = reply.getHeaders();
  reply.hijack();
  for (const [name, value] of Object.entries(sent)) if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}
