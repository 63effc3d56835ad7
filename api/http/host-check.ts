import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Host name of a Host header or an origin, without its port. */
const hostname = (authority: string): string => {
  try {
    return new URL(`http://${authority}`).hostname;
  } catch {
    return '';
  }
};

interface GuardOptions {
  /** Address the server listens on. */
  host: string;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

/**
 * Refuses what a web page could send: a Host that is not ours (DNS rebinding) and a foreign Origin, with 403. A page of
 * our own origin may call. Callers that are no browsers send no Origin.
 */
export function guard(app: FastifyInstance, { host, allowedHosts, allowedOrigins }: GuardOptions): void {
  const hosts = new Set([
    ...LOOPBACK,
    hostname(host.includes(':') ? `[${host}]` : host),
    ...allowedHosts.map((allowed) => hostname(allowed) || hostname(`[${allowed}]`)),
  ]);
  // Of what names no host.
  hosts.delete('');
  app.addHook('onRequest', (request: FastifyRequest, _reply, done) => {
    const sent = request.headers.host ?? '';
    const { origin } = request.headers;
    if (!hosts.has(hostname(sent)))
      return done(new ApiError('host_not_allowed', 'the Host header names a host that is not allowed'));
    if (
      origin !== undefined &&
      origin !== `http://${sent}` &&
      origin !== `https://${sent}` &&
      !allowedOrigins.includes(origin)
    )
      return done(new ApiError('origin_not_allowed', 'the Origin header names an origin that is not allowed'));
    done();
  });
}
