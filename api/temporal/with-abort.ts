import type { Client } from '@temporalio/client';
import { deferred } from '../../contract/shared/deferred.ts';

/**
 * What `call`, which makes one request after the other, answers; undefined as soon as `signal` aborts.
 * `withAbortSignal` alone (as of @temporalio/client 1.24) misses an abort before the first request, between two polls,
 * and while a failed request is tried again; and it listens once more for each poll, to the end of the wait.
 */
export async function abortable<T>(
  client: Client,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const over = deferred<undefined>();
  const requests = lastListener(signal);
  const end = (): void => {
    over.resolve(undefined);
    requests.tell();
  };
  signal.addEventListener('abort', end, { once: true });
  const answer = client.withAbortSignal(requests.signal, call);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, over.promise]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * `signal` for requests: `tell` tells its abort to the last that listens, since those before are answered. One that
 * begins to listen when it is over is told, too: the poll after it is cancelled.
 */
function lastListener(signal: AbortSignal): { signal: AbortSignal; tell: () => void } {
  let last = (): void => undefined;
  const listen = (_type: string, heard: () => void): void => {
    if (signal.aborted) queueMicrotask(heard);
    else last = heard;
  };
  const listening = new Proxy(signal, {
    get(target, name) {
      if (name === 'addEventListener') return listen;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { signal: listening, tell: () => last() };
}
