import type { ServerResponse } from 'node:http';

/** Headers of an event stream: nothing between server and client is to keep it or hold it back. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Silence after which a comment keeps proxies and clients from closing the connection (milliseconds). */
export const KEEPALIVE_MS = 15_000;

/** Writes a comment into an event stream every 15 s until it is closed; leaves replies of other types alone. */
export function keepAlive(response: ServerResponse): void {
  const timer = setInterval(() => {
    const isStream = String(response.getHeader('content-type')).startsWith('text/event-stream');
    if (response.headersSent && isStream && !response.writableEnded) response.write(': keepalive\n\n');
  }, KEEPALIVE_MS);
  response.once('close', () => clearInterval(timer));
}
