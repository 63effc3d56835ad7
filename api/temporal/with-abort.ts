import type { Client } from '@temporalio/client';
import { deferred } from '../../contract/shared/deferred.ts';

/**
 * What `call` answers; undefined as soon as `signal` aborts. `withAbortSignal` alone (as of @temporalio/client 1.24)
 * misses an abort before the first request, between two polls, and while a failed request is tried again.
 */
export async function abortable<T>(
  client: Client,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const over = deferred<undefined>();
  const end = (): void => over.resolve(undefined);
  signal.addEventListener('abort', end, { once: true });
  const answer = client.withAbortSignal(heardLate(signal), call);
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
 * `signal`, which also tells those of its abort that begin to listen when it is over: the poll after it is cancelled,
 * too.
 */
const heardLate = (signal: AbortSignal): AbortSignal =>
  new Proxy(signal, {
    get(target, name) {
      if (name === 'addEventListener' && target.aborted)
        return (_type: string, tell: () => void) => queueMicrotask(tell);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
