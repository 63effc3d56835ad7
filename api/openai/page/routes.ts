import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { packageRoot } from '../../../config/index.ts';

/**
 * The page loads its own files and asks its own server; nothing comes from elsewhere, and nothing stands in its HTML.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const FOLDER = join(packageRoot, 'api', 'openai', 'page');

const OFF = 'Agent mode is off: start the server with `AGENT_MODE=true agenticore serve`, then open this page again.\n';

/** Whether a request is for the page or for what it loads, which are no secrets: what they ask for needs a key. */
export const isPage = ({ routeOptions: { url = '' } }: FastifyRequest): boolean =>
  url === '/chat' || url.startsWith('/chat/');

/** A page at `/chat` on which a person talks to the agents of this server. */
export function pageRoutes(app: FastifyInstance, { config: { agentMode } }: { config: { agentMode: boolean } }): void {
  if (!agentMode) {
    app.get('/chat', { schema: { hide: true } }, (_request, reply) => reply.code(404).type('text/plain').send(OFF));
    return;
  }
  const files = readPage();
  const page = files.get('index.html');
  app.get('/chat', { schema: { hide: true } }, (_request, reply) =>
    reply.headers(HEADERS).type('text/html').send(page),
  );
  app.get('/chat/:file', { schema: { hide: true, params: z.object({ file: z.string() }) } }, (request, reply) => {
    const { file } = request.params as { file: string };
    const found = files.get(file);
    if (found === undefined) return reply.callNotFound();
    return reply
      .headers(HEADERS)
      .type(TYPES[extname(file)] ?? '')
      .send(found);
  });
}

const readPage = (): Map<string, Buffer> =>
  new Map(
    readdirSync(FOLDER)
      .filter((file) => extname(file) in TYPES)
      .map((file) => [file, readFileSync(join(FOLDER, file))]),
  );
