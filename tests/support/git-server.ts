import { spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLfsServer, type LfsServer } from './lfs-server.ts';
import { plainGit } from './sample-repo.ts';

// A test may put other programs before those of the machine, which are not the server's.
const { PATH } = process.env;

/** A git remote over HTTP on 127.0.0.1, with switches for everything that can go wrong. */
export interface GitServer {
  /** `127.0.0.1:port`, to be listed as an allowed host. */
  host: string;
  /** Address of a bare repository below the served folder. */
  url: (name: string) => string;
  /** What clients have begun so far: upload-pack requests that ask for objects, and pushes. */
  counts: { listings: number; fetches: number; pushes: number; bytes: number };
  /** Address and headers of every request, as they came. */
  heard: () => string;
  /**
   * From now until `resume` requests are accepted and never answered. `hanging` settles when the next one has arrived.
   */
  hang: () => { hanging: Promise<void>; resume: () => void };
  /** The next `count` pushes are answered with this HTTP status. */
  failPushes: (status: number, count: number) => void;
  /** Every request is answered with this status and headers; undefined ends it. */
  answer: (status: number | undefined, headers?: Record<string, string>) => void;
  /** After so many more bytes the answers break off; undefined ends it. */
  cutOff: (bytes: number | undefined) => void;
  /** Every answer with objects takes this time (milliseconds), evenly. */
  slow: (ms: number) => void;
  /** Its repositories have Git LFS. */
  lfs: LfsServer;
  close: () => Promise<void>;
}

/** Serves the bare repositories in `root`; with a `token` only to who has it as password. */
export async function startGitServer(root: string, { token }: { token?: string } = {}): Promise<GitServer> {
  const counts = { listings: 0, fetches: 0, pushes: 0, bytes: 0 };
  const line: Line = { room: Infinity, ms: 0, counts };
  const lfs = createLfsServer();
  const heard: string[] = [];
  let arrived: (() => void) | undefined;
  let failing = { status: 0, count: 0 };
  let fixed: { status: number; headers: Record<string, string> } | undefined;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    heard.push(path, ...request.rawHeaders);
    if (arrived !== undefined) return arrived();
    if (fixed !== undefined) return void response.writeHead(fixed.status, fixed.headers).end();
    if (token !== undefined && !authorized(request, token))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    if (lfs.handle(request, response)) return;
    if (path.includes('/info/refs')) counts.listings += 1;
    if (path.endsWith('git-receive-pack') && path.includes('service=') && failing.count > 0) {
      failing.count -= 1;
      return void response.writeHead(failing.status).end();
    }
    if (request.method === 'POST') void countAndServe(root, request, response, line);
    else serve(root, request, response, undefined, line);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: (name) => `http://${host}/${name}`,
    ...{ counts, lfs },
    heard: () => heard.join('\n'),
    hang: () => ({ hanging: new Promise((resolve) => (arrived = resolve)), resume: () => (arrived = undefined) }),
    failPushes: (status, count) => void (failing = { status, count }),
    answer: (status, headers = {}) => void (fixed = status === undefined ? undefined : { status, headers }),
    cutOff: (bytes = Infinity) => void (line.room = bytes),
    slow: (ms) => void (line.ms = ms),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the way to the client lets through. */
interface Line {
  room: number;
  ms: number;
  counts: GitServer['counts'];
}

function authorized(request: IncomingMessage, token: string): boolean {
  const [, basic = ''] = (request.headers.authorization ?? '').split(' ');
  return Buffer.from(basic, 'base64').toString().split(':')[1] === token;
}

async function countAndServe(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  line: Line,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { counts } = line;
  if (request.url?.endsWith('/git-receive-pack')) counts.pushes += 1;
  else if (body.includes('command=fetch') || request.headers['content-encoding'] === 'gzip') counts.fetches += 1;
  serve(root, request, response, body, line);
}

function serve(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | undefined,
  line: Line,
): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const env = {
    ...{
      PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
    },
    ...{
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      REMOTE_USER: 'tester',
    },
    ...{
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
    },
    ...(body === undefined ? {} : { CONTENT_LENGTH: String(body.length) }),
  };
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  backend.stdin.on('error', () => undefined).end(body);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.once('close', () => void reply(response, Buffer.concat(chunks), line));
}

async function reply(response: ServerResponse, output: Buffer, line: Line): Promise<void> {
  const end = output.indexOf('\r\n\r\n');
  const headers = output
    .subarray(0, Math.max(end, 0))
    .toString()
    .split('\r\n')
    .filter((line) => line !== '');
  let status = end < 0 ? 500 : 200;
  for (const line of headers) {
    const [name = '', value = ''] = line.split(/: (.*)/);
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
  const body = output.subarray(end + 4, end + 4 + line.room);
  line.room -= body.length;
  line.counts.bytes += body.length;
  const parts = line.ms > 0 && body.length > 10_000 ? 10 : 1;
  const size = Math.ceil(body.length / parts);
  for (let from = 0; from < body.length; from += size) {
    response.write(body.subarray(from, from + size));
    if (parts > 1) await sleep(line.ms / parts);
  }
  if (end + 4 + body.length < output.length)
    await new Promise((sent) => response.write('', sent)).then(() => response.destroy());
  else response.end();
}

/**
 * Lets the bare repository at `dir` take pushes over HTTP, but refuse those to branches that match `protectedBranch` (a
 * pattern of the shell).
 */
export async function acceptPushes(dir: string, protectedBranch?: string): Promise<void> {
  await plainGit(dir, 'config', 'http.receivepack', 'true');
  if (protectedBranch === undefined) return;
  const hook = join(dir, 'hooks', 'pre-receive');
  await writeFile(
    hook,
    `#!/bin/sh\nwhile read -r old new ref; do case "$ref" in refs/heads/${protectedBranch}) echo "protected branch"; exit 1;; esac; done\n`,
  );
  await chmod(hook, 0o755);
}
