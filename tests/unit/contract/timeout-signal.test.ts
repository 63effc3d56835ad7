import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import { until } from '../../support/until.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Twice, with a pause before each: what this turn of the event loop has made is not collected. */
async function collect(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await sleep(1);
    collectGarbage();
  }
}

test('a time limit as a part of another signal survives a garbage collection', async () => {
  const other = new AbortController();
  const either = AbortSignal.any([other.signal, timeLimit(100)]);
  await collect();
  await until(() => either.aborted);
});

test('signals joined from controllers survive a garbage collection', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  let heard = false;
  AbortSignal.any([one.signal, other.signal]).addEventListener('abort', () => (heard = true));
  await collect();
  one.abort();
  expect(heard).toBe(true);
});
