import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { ForgeState } from './state.ts';

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
  /** The parts of the path that the route's pattern caught, decoded. */
  parts: string[];
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A method, a path below the API, what its body must be, and what it does. */
export interface Route {
  method: 'GET' | 'POST';
  path: RegExp;
  body?: z.ZodType;
  /** Whom it is for, where that is not whoever `accepts` lets in. */
  accepts?: (call: Call) => boolean;
  answer: (call: Call, body: never) => Reply;
}

/**
 * The API of a forge on 127.0.0.1, which checks what it is sent. Everything else goes to `git`, a git server's
 * `host:port`.
 */
export interface StandIn {
  host: string;
  origin: string;
  state: ForgeState;
  /** Requests that the forge does not know or would not take; must stay empty. */
  unexpected: string[];
  /** `METHOD /path` of every call to the API. */
  calls: string[];
  /** Passwords that git showed, in their order. */
  gitPasswords: string[];
  /**
   * The next `count` calls whose `METHOD /path` fits `on` are answered with this status, until the returned function is
   * called.
   */
  fail: (
    status: number,
    count: number,
    options?: { headers?: Record<string, string>; on?: RegExp; body?: unknown },
  ) => () => void;
  /** Calls are refused as beyond the limit until then (ms since the epoch). */
  rateLimit: (resetAt: number) => void;
  /** Before the next call that fits `on` is answered, `act` happens: what another client did meanwhile. */
  before: (on: RegExp, act: () => void) => void;
  /** Calls are accepted and never answered. `hanging` settles when one has arrived. */
  hang: () => Promise<void>;
  close: () => Promise<void>;
}

export interface Rules {
  prefix: string;
  /** Of the answer to a call beyond the rate limit. */
  limited: 403 | 429;
  accepts: (call: Call) => boolean;
  /** Whether git may come with this password. */
  knows: (password: string) => boolean;
  routes: (state: ForgeState, origin: string) => Route[];
  git?: string | undefined;
}

export async function startStandIn(rules: Rules): Promise<StandIn> {
  const failures: { status: number; left: number; on: RegExp; reply: Reply }[] = [];
  const acts: { on: RegExp; act: () => void }[] = [];
  let resetAt = 0;
  let arrived: (() => void) | undefined;
  const server = createServer((request, response) => {
    void (async (): Promise<void> => {
      const url = new URL(request.url ?? '/', standIn.origin);
      if (!url.pathname.startsWith(`${rules.prefix}/`)) return toGit(request, response);
      const call = await received(request, url, rules.prefix);
      const line = `${call.method} ${call.path}`;
      standIn.calls.push(line);
      if (arrived !== undefined) return arrived();
      const due = acts.findIndex(({ on }) => on.test(line));
      if (due >= 0) acts.splice(due, 1)[0]?.act();
      const failure = failures.find(({ left, on }) => left > 0 && on.test(line));
      if (failure !== undefined) failure.left -= 1;
      const limited = Date.now() < resetAt ? beyondLimit(rules.limited, resetAt) : undefined;
      respond(response, limited ?? failure?.reply ?? answerOf(call, line));
    })();
  });
  const answerOf = (call: Call, line: string): Reply => {
    const unexpected = (status: number, why: string): Reply => {
      standIn.unexpected.push(`${line}: ${why}`);
      return { status, body: { message: why } };
    };
    const route = rules
      .routes(standIn.state, standIn.origin)
      .find((it) => it.method === call.method && it.path.test(call.path));
    if (route === undefined) return unexpected(404, 'no such route');
    if (!(route.accepts ?? rules.accepts)(call)) return { status: 401, body: { message: 'Bad credentials' } };
    call.parts = (route.path.exec(call.path) ?? []).slice(1).map(decodeURIComponent);
    const parsed = route.body?.safeParse(call.body);
    if (parsed?.success === false) return unexpected(400, parsed.error.message);
    return route.answer(call, parsed?.data as never);
  };
  const toGit = (request: IncomingMessage, response: ServerResponse): void => {
    const [, basic = ''] = (request.headers.authorization ?? '').split(' ');
    const password = Buffer.from(basic, 'base64').toString().split(':')[1];
    if (password !== undefined) standIn.gitPasswords.push(password);
    if (rules.git === undefined || password === undefined || !rules.knows(password))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    const [hostname, port] = rules.git.split(':');
    const { method, url: path, headers } = request;
    const forward = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const standIn: StandIn = {
    host,
    origin: `http://${host}`,
    state: new ForgeState(),
    unexpected: [],
    calls: [],
    gitPasswords: [],
    fail: (status, count, { headers = {}, on = /./, body = { message: `failure ${status}` } } = {}) => {
      const failure = { status, left: count, on, reply: { status, body, headers } };
      failures.push(failure);
      return () => void (failure.left = 0);
    },
    rateLimit: (until) => void (resetAt = until),
    before: (on, act) => void acts.push({ on, act }),
    hang: () => new Promise((resolve) => (arrived = resolve)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return standIn;
}

async function received(request: IncomingMessage, url: URL, prefix: string): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
  return {
    method: request.method ?? '',
    path: url.pathname.slice(prefix.length),
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
    parts: [],
  };
}

function respond(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(body === undefined ? '' : text);
}

function beyondLimit(status: number, resetAt: number): Reply {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(resetAt / 1_000)) };
  return { status, headers, body: { message: 'API rate limit exceeded' } };
}

export const notFound: Reply = { status: 404, body: { message: 'Not Found' } };
