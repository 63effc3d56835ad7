import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { Failure } from '../contract/shared/failures.ts';

/** Why this process can take no work now; empty where it can. */
type NotReady = () => Promise<string[]>;

export interface ProbeServer {
  url: string;
  /** Readiness comes from `notReady` from now on; until then the process is `starting`. */
  watch(notReady: NotReady): void;
  close(): Promise<void>;
}

interface ProbeOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** What the process counts, for `/metrics`. */
  metrics: Registry;
}

/**
 * Answers the probes of a supervisor such as Kubernetes: `/health/live` while the process serves at all,
 * `/health/ready` while it can take work (200, else 503 with the reasons); and Prometheus at `/metrics`. No
 * authentication and no secrets. Throws `invalid_config` where it cannot listen.
 */
export async function startProbeServer({ host, port, metrics }: ProbeOptions): Promise<ProbeServer> {
  let notReady: NotReady = () => Promise.resolve(['starting']);
  const server = createServer(answerWith(() => notReady(), metrics));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
    server.listen({ host, port }, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    watch: (current) => void (notReady = current),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const answerWith =
  (notReady: NotReady, metrics: Registry): RequestListener =>
  ({ method, url }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return reply(response, 405, { status: 'method_not_allowed' });
    if (url === '/health/live') return reply(response, 200, { status: 'live' });
    if (url === '/metrics') return void sendMetrics(response, metrics);
    if (url !== '/health/ready') return reply(response, 404, { status: 'not_found' });
    void notReady().then((reasons) =>
      reasons.length === 0
        ? reply(response, 200, { status: 'ready' })
        : reply(response, 503, { status: 'not_ready', reasons }),
    );
  };

async function sendMetrics(response: ServerResponse, metrics: Registry): Promise<void> {
  const text = await metrics.metrics();
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): Failure {
  const message = `Cannot listen on ${host}:${port} for probes (${cause.code ?? cause.message}). Correct AGENTICORE_PROBE_HOST and AGENTICORE_PROBE_PORT.`;
  return new Failure('invalid_config', message, { cause });
}
