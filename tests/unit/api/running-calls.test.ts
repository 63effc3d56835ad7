import { expect, test } from '@jest/globals';
import { RunningCalls } from '../../../api/mcp/running-calls.ts';

const call = { owner: 'ann', session: 's1', id: 7 };

/** Whether cancelling `other` ends `call`. */
function ends(other: { owner: string; session: string | undefined; id: unknown }): boolean {
  const calls = new RunningCalls();
  let ended = false;
  calls.add(call, () => (ended = true));
  calls.cancel(other);
  return ended;
}

test('a call is cancelled by its number in its session', () => {
  expect(ends(call)).toBe(true);
});

test.each([
  ['with the stolen session id of another owner', { ...call, owner: 'bob' }],
  ['from another session', { ...call, session: 's2' }],
  ['without a session', { ...call, session: undefined }],
  ['with another number', { ...call, id: 8 }],
  ['with the number as a text', { ...call, id: '7' }],
])('a call is not cancelled %s', (_how, other) => {
  expect(ends(other)).toBe(false);
});

test('calls of clients without a session are not mixed up', () => {
  const calls = new RunningCalls();
  let ended = false;
  calls.add({ ...call, session: undefined }, () => (ended = true));
  calls.cancel({ ...call, session: undefined });
  expect(ended).toBe(false);
});

test('a call that is over does not take a later one of the same number with it', () => {
  const calls = new RunningCalls();
  let ended = false;
  const forget = calls.add(call, () => undefined);
  calls.add(call, () => (ended = true));
  forget();
  calls.cancel(call);
  expect(ended).toBe(true);
});
