import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { timeLimit } from '../../../contract/shared/timeout-signal.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a time limit as a part of another signal survives a garbage collection', async () => {
  const other = new AbortController();
  const either = AbortSignal.any([other.signal, timeLimit(200)]);
  for (const begun = Date.now(); !either.aborted && Date.now() - begun < 30_000; await sleep(20)) collectGarbage();
  expect(either.aborted).toBe(true);
});

test('signals joined from controllers survive a garbage collection', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  let heard = false;
  AbortSignal.any([one.signal, other.signal]).addEventListener('abort', () => (heard = true));
  for (let round = 0; round < 20; round++, await sleep(5)) collectGarbage();
  one.abort();
  expect(heard).toBe(true);
});
