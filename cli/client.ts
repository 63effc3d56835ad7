import type { z } from 'zod';
import type { LoggedEvent, StreamEvent } from '../contract/events.ts';
import {
  EventReply,
  HealthReply,
  JobListReply,
  JobReply,
  ProfileReply,
  type JobRecord,
  type JobRequest,
} from '../contract/job.ts';
import { timeLimit } from '../contract/time-limit.ts';
import { CliError } from './errors.ts';
import { noServer, notAgenticore, refusal } from './refusals.ts';
import { readSse } from './sse.ts';

/** How long an answer may take (milliseconds). */
const ANSWER_MS = 30_000;

/** Silence after which an event stream counts as broken (milliseconds): three of the server's signs of life. */
const SILENCE_MS = 45_000;

/** Most jobs or events that one page holds. */
export const PAGE = 1_000;

const Logged = EventReply.shape.events.element;

interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

interface ListQuery {
  limit: number;
  status?: string | undefined;
  cursor?: string | undefined;
}

/**
 * The API over HTTP. Every method throws a CliError: `no_server` (passing) when nothing answers, the server's own code
 * when it refuses, `not_agenticore` when something else answers.
 */
export class Client {
  readonly url: string;
  readonly #headers: Record<string, string>;

  /** `url` is the API's root without a slash at its end. */
  constructor(url: string, apiKey?: string) {
    this.url = url;
    this.#headers = apiKey === undefined ? {} : { 'x-api-key': apiKey };
  }

  async health(signal?: AbortSignal): Promise<HealthReply> {
    return this.#ask(HealthReply, '/health', { signal });
  }

  async submit(body: JobRequest, idempotencyKey?: string, signal?: AbortSignal): Promise<JobRecord> {
    const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return (await this.#ask(JobReply, '/jobs', { method: 'POST', body, headers, signal })).job;
  }

  async job(id: string): Promise<JobRecord> {
    return (await this.#ask(JobReply, `/jobs/${id}`)).job;
  }

  async cancel(id: string): Promise<JobRecord> {
    return (await this.#ask(JobReply, `/jobs/${id}`, { method: 'DELETE' })).job;
  }

  /** One page of jobs: open ones first, then the newest. */
  async jobs(query: ListQuery): Promise<z.infer<typeof JobListReply>> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    return this.#ask(JobListReply, `/jobs?${search.toString()}`);
  }

  async profiles(): Promise<z.infer<typeof ProfileReply>> {
    return this.#ask(ProfileReply, '/profiles');
  }

  /** The events after `cursor` that there are by now, at most PAGE. */
  async events(id: string, cursor: number): Promise<LoggedEvent[]> {
    const { events } = await this.#ask(EventReply, `/jobs/${id}/events?cursor=${cursor}&limit=${PAGE}`);
    return events.map(logged);
  }

  /**
   * The events after `cursor`, live; resolves when connected. The iteration ends when the server ends it, and throws
   * `no_server` (passing) when the connection breaks or is silent for 45 s.
   */
  async stream(id: string, cursor: number, signal: AbortSignal): Promise<AsyncIterable<LoggedEvent>> {
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(), SILENCE_MS);
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(cursor) };
      const either = AbortSignal.any([signal, stalled.signal]);
      return this.#events(await this.#fetch(`/jobs/${id}/events`, { headers, signal: either }), timer);
    } catch (error) {
      clearTimeout(timer);
      throw error;
    }
  }

  async *#events({ body, status }: Response, timer: NodeJS.Timeout): AsyncGenerator<LoggedEvent> {
    try {
      if (body === null) return;
      for await (const data of readSse(body, () => timer.refresh())) {
        const event = Logged.safeParse(parseJson(data));
        if (!event.success) throw notAgenticore(this.url, status);
        yield logged(event.data);
      }
    } catch (error) {
      throw error instanceof CliError ? error : noServer(this.url, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask<T extends z.ZodType>(schema: T, path: string, call: Call = {}): Promise<z.infer<T>> {
    const signal = AbortSignal.any([timeLimit(ANSWER_MS), ...(call.signal ? [call.signal] : [])]);
    const response = await this.#fetch(path, { ...call, signal });
    const reply = schema.safeParse(await this.#body(response));
    if (!reply.success) throw notAgenticore(this.url, response.status);
    return reply.data;
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
    if (!response.ok) throw refusal(this.url, response.status, await this.#body(response));
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

// Only `type` is checked: what a newer server says besides is passed on, and shown as far as it is understood.
const logged = ({ event, ...rest }: z.infer<typeof Logged>): LoggedEvent => ({ ...rest, event: event as StreamEvent });
