/**
 * A signal that aborts after `ms`, alone or as a part of `AbortSignal.any`. Bare `AbortSignal.timeout` must not be such
 * a part: Node forgets a timeout that nobody listens to at the next garbage collection, and what waits for it waits for
 * ever.
 */
export function timeLimit(ms: number): AbortSignal {
  const signal = AbortSignal.timeout(ms);
  signal.addEventListener('abort', () => undefined);
  return signal;
}
