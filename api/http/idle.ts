import type { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10_000;

/** Resolves when for `ms` nothing was asked of `server` and nothing is under way; `isBusy` is asked last. */
export async function untilIdle(server: Server, ms: number, isBusy: () => Promise<boolean>): Promise<void> {
  let open = 0;
  let last = performance.now();
  const count = (until: EventEmitter): void => {
    open += 1;
    until.once('close', () => {
      open -= 1;
      last = performance.now();
    });
  };
  server.on('request', (_request, response: ServerResponse) => count(response));
  // A WebSocket.
  server.on('upgrade', (_request, socket: Duplex) => count(socket));
  for (;;) {
    await sleep(Math.min(ms, LOOK_EVERY_MS), undefined, { ref: false });
    if (open > 0 || performance.now() - last < ms) continue;
    if (!(await isBusy().catch(() => true))) return;
    last = performance.now();
  }
}
