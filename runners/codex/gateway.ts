import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the model provider refused last. */
export interface ProviderRefusal {
  status: number;
  /** Undefined where the provider does not say when to come back. */
  retryAfterMs: number | undefined;
}

/** The way of one agent to its model: on loopback, with a token that is worth nothing anywhere else. */
export interface Gateway {
  url: string;
  token: string;
  /** The refusal that came after the last answer; undefined where the provider answered. */
  refusal(): ProviderRefusal | undefined;
  /** Cuts what is under way: the token is void. */
  close(): Promise<void>;
}

/** Headers that belong to one connection, or that fetch writes itself. */
const OWN_HEADERS = new Set(
  'connection keep-alive transfer-encoding content-length content-encoding host authorization expect upgrade'.split(
    ' ',
  ),
);

const DEFAULT_URL = 'https://api.openai.com/v1';

/**
 * Starts the gateway to the provider that `env` names (OPENAI_BASE_URL), which alone has the key (OPENAI_API_KEY): what
 * an agent can read of itself is no credential.
 */
export async function startGateway(env: Readonly<Record<string, string>>): Promise<Gateway> {
  const token = randomBytes(32).toString('base64url');
  const forward = forwarder(env);
  let refused: ProviderRefusal | undefined;
  const server = createServer((request, response) => {
    if (!isAllowed(request, token)) return void response.writeHead(401).end();
    void forward(request, response).then(
      (refusal) => (refused = refusal),
      () => response.destroy(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    token,
    refusal: () => refused,
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What the CLI needs, and nothing else of what the key opens. */
const PATHS = /^\/v1\/(?:responses(?:\/compact)?|models)(?:\?|$)/;

const isAllowed = ({ headers, url = '' }: IncomingMessage, token: string): boolean =>
  PATHS.test(url) && timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));

/** Sends a request on with the real key, and its answer back as it comes. */
function forwarder(
  env: Readonly<Record<string, string>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<ProviderRefusal | undefined> {
  const base = (env.OPENAI_BASE_URL ?? DEFAULT_URL).replace(/\/+$/, '');
  // Its library is large, and only Codex needs it here.
  const loaded = import('../../forges/through-proxy.ts').then(({ proxiedFetch }) => proxiedFetch(env));
  return async (request, response) => {
    const fetch = await loaded;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const url = new URL(`${base}${(request.url ?? '').slice('/v1'.length)}`);
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { ...passedHeaders(request), ...credentials(env) },
      redirect: 'manual',
      signal: gone.signal,
      ...(hasBody ? { body: request, duplex: 'half' as const } : {}),
    }).catch(() => undefined);
    if (answer === undefined) {
      response.writeHead(502, { 'content-type': 'application/json' }).end(UNREACHABLE);
      return { status: 502, retryAfterMs: undefined };
    }
    response.writeHead(answer.status, answerHeaders(answer.headers));
    if (answer.body === null) response.end();
    else await pipeline(Readable.fromWeb(answer.body), response);
    return answer.ok ? undefined : { status: answer.status, retryAfterMs: waitOf(answer.headers.get('retry-after')) };
  };
}

const UNREACHABLE = JSON.stringify({ error: { message: 'The model provider cannot be reached.' } });

const credentials = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  ...(env.OPENAI_API_KEY ? { authorization: `Bearer ${env.OPENAI_API_KEY}` } : {}),
  ...(env.OPENAI_ORGANIZATION ? { 'openai-organization': env.OPENAI_ORGANIZATION } : {}),
  ...(env.OPENAI_PROJECT ? { 'openai-project': env.OPENAI_PROJECT } : {}),
});

const passedHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || (OWN_HEADERS.has(name) && name !== 'content-encoding') ? [] : [[name, String(value)]],
    ),
  );

/** fetch has unpacked the body. */
const answerHeaders = (headers: Iterable<[string, string]>): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !OWN_HEADERS.has(name)));

/** Seconds, or a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
