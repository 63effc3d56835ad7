import { expect, test } from '@jest/globals';
import { SEAT_LOST, Seats } from '../../../activities/seats.ts';
import { deferred } from '../../../contract/shared/deferred.ts';

const never = new AbortController().signal;

test('seats beyond the limit are taken in the order they were asked for, as seats end', async () => {
  const seats = new Seats(1);
  const first = await seats.take('first', never);
  const order: string[] = [];
  const waiting = ['second', 'third'].map(async (job) => {
    const seat = await seats.take(job, never);
    order.push(seat.jobId);
    seats.end(seat);
  });
  expect(order).toEqual([]);
  seats.end(first);
  await Promise.all(waiting);
  expect(order).toEqual(['second', 'third']);
});

test('who stops waiting for a seat takes none, and does not keep the next one waiting', async () => {
  const seats = new Seats(1);
  const first = await seats.take('first', never);
  const impatient = new AbortController();
  const gaveUp = seats.take('impatient', impatient.signal);
  const next = seats.take('next', never);
  impatient.abort(new Error('no longer'));
  await expect(gaveUp).rejects.toThrow('no longer');
  seats.end(first);
  expect((await next).jobId).toBe('next');
});

test('a step runs only under the token of a seat that is held', async () => {
  const seats = new Seats(1);
  const seat = await seats.take('job', never);
  expect(seats.get(seat.token)).toBe(seat);
  seats.end(seat);
  expect(() => seats.get(seat.token)).toThrow(SEAT_LOST);
  expect(seats.holds(seat.token)).toBe(false);
});

test('stopping a seat aborts its steps, waits for their end, and refuses further ones', async () => {
  const seat = await new Seats(1).take('job', never);
  const ended = deferred();
  let reason: unknown;
  const step = seat.run(never, async (signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    reason = signal.reason;
    await ended.promise;
  });
  let stopped = false;
  const stop = seat.stop(SEAT_LOST).then(() => (stopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect([reason, stopped]).toEqual([SEAT_LOST, false]);
  ended.resolve();
  await Promise.all([step, stop]);
  await expect(seat.run(never, () => Promise.resolve())).rejects.toBe(SEAT_LOST);
});
