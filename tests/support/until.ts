import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from '@jest/globals';

/** What is waited for at the moment, each as the end of a sentence, which may tell what was seen last. */
const waiting = new Map<symbol, () => string>();

// A test that has run out of time is over, but its code is not: a loop that went on would keep jest from its end.
afterEach(() => {
  const left = [...waiting.values()].map((what) => what());
  waiting.clear();
  if (left.length > 0) throw new Error(`the test was over and still waited for ${left.join(', and for ')}`);
});

/**
 * Milliseconds until the next look after `waited` ones: the longer it takes, the less it matters, and looking is work.
 */
const pause = (waited: number): number => Math.min(20 + waited / 20, 250);

/**
 * Looks until `look` gives something else than undefined and false. The time limit of the test is the only one: when
 * the test is over the looking ends without an end of the promise, and the report says `what` was waited for.
 */
export async function until<Result>(
  look: () => Promise<Result | undefined | false> | Result | undefined | false,
  what: () => string = () => String(look),
): Promise<Result> {
  const me = Symbol('waiting');
  waiting.set(me, what);
  const begun = performance.now();
  try {
    for (; waiting.has(me); await sleep(pause(performance.now() - begun))) {
      const result = await look();
      if (result !== undefined && result !== false && waiting.has(me)) return result;
    }
  } catch (error) {
    if (waiting.delete(me)) throw error;
  } finally {
    waiting.delete(me);
  }
  return new Promise(() => undefined);
}
