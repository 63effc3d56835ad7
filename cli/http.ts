import type { z } from 'zod';
import { CLI_AGENT } from '../contract/http/terms.ts';
import { timeLimit } from '../contract/shared/timeout-signal.ts';
import { CliError } from './errors.ts';
import { apiError, noServer, notAgenticore } from './api-errors.ts';
import { readSse } from './sse.ts';

/** How long an answer may take (milliseconds). */
const ANSWER_MS = 30_000;

/** Silence after which an event stream counts as broken (milliseconds): three of the server's signs of life. */
const SILENCE_MS = 45_000;

interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** How long the answer may take (milliseconds). */
  answerMs?: number;
}

/** Calls the API. Throws CliErrors as `Client` says. */
export class Http {
  readonly url: string;
  readonly #headers: Record<string, string>;

  /** `url` is the API's root without a slash at its end. */
  constructor(url: string, apiKey?: string) {
    this.url = url;
    this.#headers = { 'user-agent': CLI_AGENT, ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }) };
  }

  /** The answer, checked. */
  async ask<T extends z.ZodType>(schema: T, path: string, call: Call = {}): Promise<z.infer<T>> {
    const signal = AbortSignal.any([timeLimit(call.answerMs ?? ANSWER_MS), ...(call.signal ? [call.signal] : [])]);
    const response = await this.#fetch(path, { ...call, signal });
    const reply = schema.safeParse(await this.#body(response));
    if (!reply.success) throw notAgenticore(this.url, response.status);
    return reply.data;
  }

  /**
   * What an event stream sends after `cursor`, checked; resolves when connected. The iteration ends when the server
   * ends it, and throws `no_server` (transient) when the connection breaks or is silent for 45 s.
   */
  async stream<T extends z.ZodType>(
    schema: T,
    path: string,
    cursor: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<z.infer<T>>> {
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(), SILENCE_MS);
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(cursor) };
      const either = AbortSignal.any([signal, stalled.signal]);
      return this.#events(schema, await this.#fetch(path, { headers, signal: either }), timer);
    } catch (error) {
      clearTimeout(timer);
      throw error;
    }
  }

  async *#events<T extends z.ZodType>(
    schema: T,
    { body, status }: Response,
    timer: NodeJS.Timeout,
  ): AsyncGenerator<z.infer<T>> {
    try {
      if (body === null) return;
      for await (const data of readSse(body, () => timer.refresh())) {
        const event = schema.safeParse(parseJson(data));
        if (!event.success) throw notAgenticore(this.url, status);
        yield event.data;
      }
    } catch (error) {
      throw error instanceof CliError ? error : noServer(this.url, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(path: string, { method = 'GET', body, headers, signal }: Call): Promise<Response> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const all = { ...this.#headers, ...headers, ...type };
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: all,
      signal: signal ?? null,
      ...sent,
    }).catch((error: unknown) => {
      throw noServer(this.url, error);
    });
    if (!response.ok) throw apiError(this.url, response.status, await this.#body(response));
    return response;
  }

  /** The parsed body; undefined where it is no JSON. */
  async #body(response: Response): Promise<unknown> {
    return parseJson(
      await response.text().catch((error: unknown) => {
        throw noServer(this.url, error);
      }),
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
