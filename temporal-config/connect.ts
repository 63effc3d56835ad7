import { setTimeout as wait } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { Failure } from '../contract/shared/failures.ts';
import { withinDeadline } from './deadline.ts';
import type { Target } from './target.ts';

const RETRY_MS = 30_000;
const TRY_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 4_000;

/**
 * gRPC's PERMISSION_DENIED and UNAUTHENTICATED, by number and in the words of the native client: no further try mends
 * them.
 */
const REFUSED_CODES = [7, 16];
const REFUSED_WORDS = /does not have permission|valid authentication credentials/;

/**
 * A client connection to `target`, tried again for `retryMs` while it cannot be reached; what it asks that should be
 * answered at once is, or fails within 5 s. Throws `engine_unavailable`
 * naming the address and what to do; at once when the server refuses the credentials.
 */
export async function connectClient(target: Target, retryMs = RETRY_MS): Promise<Connection> {
  // The embedded engine is on loopback, where no proxy of the environment leads.
  const direct = target.embedded ? { channelArgs: { 'grpc.enable_http_proxy': 0 } } : {};
  const options = {
    ...(target.options as ConnectionOptions),
    ...direct,
    address: target.address,
    connectTimeout: TRY_MS,
    interceptors: [withinDeadline()],
  };
  return connectWithRetry(target, () => Connection.connect(options), retryMs);
}

/** Tries `connect` as connections to Temporal are tried; throws like connectClient. */
export async function connectWithRetry<T>(target: Target, connect: () => Promise<T>, retryMs = RETRY_MS): Promise<T> {
  const end = Date.now() + retryMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      return await connect();
    } catch (error) {
      if (isRefusal(error)) throw refused(target, error);
      if (Date.now() + pause >= end) throw unreachable(target, error);
      await wait(pause);
    }
  }
}

function isRefusal(error: unknown): boolean {
  const { code, cause, message } = error as Error & { code?: number };
  const grpcCode = code ?? (cause as { code?: number } | undefined)?.code;
  return REFUSED_CODES.includes(grpcCode ?? 0) || REFUSED_WORDS.test(message);
}

const refused = ({ address }: Target, cause: unknown): Failure =>
  new Failure(
    'engine_unavailable',
    `Temporal at ${address} refuses the connection: check TEMPORAL_API_KEY or the client certificate, and TEMPORAL_NAMESPACE.`,
    { cause },
  );

function unreachable({ address, embedded, options }: Target, cause: unknown): Failure {
  const remedy = embedded
    ? 'start `agenticore serve` again'
    : 'correct TEMPORAL_ADDRESS or TEMPORAL_TLS, or start that server';
  const where = `Temporal at ${address} (${options.tls ? 'with' : 'without'} TLS)`;
  return new Failure('engine_unavailable', `${where} cannot be reached, ${(cause as Error).message}: ${remedy}.`, {
    cause,
  });
}
