import { expect, test } from '@jest/globals';
import { SeatSlots } from '../../../workers/seat-slots.ts';

const never = new AbortController().signal;
const roomy = { shortage: () => Promise.resolve(undefined) };

/** Whether the queue may poll now. */
async function mayPoll(slots: SeatSlots, taskQueue: string): Promise<boolean> {
  const abort = new AbortController();
  const granted = slots.reserveSlot({ taskQueue }, abort.signal).then(
    (permit) => (slots.releaseSlot({ permit }), true),
    () => false,
  );
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  return granted;
}

test('a queue that only polls keeps no slot from another queue', async () => {
  const slots = new SeatSlots(1, roomy);
  await slots.reserveSlot({ taskQueue: 'idle' }, never);
  expect(await mayPoll(slots, 'busy')).toBe(true);
});

test('no queue polls while as many tasks run as there are seats, and each does when one has ended', async () => {
  const slots = new SeatSlots(1, roomy);
  const permit = await slots.reserveSlot({ taskQueue: 'a' }, never);
  slots.markSlotUsed({ permit });
  expect([await mayPoll(slots, 'a'), await mayPoll(slots, 'b')]).toEqual([false, false]);
  slots.releaseSlot({ permit });
  expect([await mayPoll(slots, 'a'), await mayPoll(slots, 'b')]).toEqual([true, true]);
});

test('a queue polls for no more tasks than there are seats left', async () => {
  const slots = new SeatSlots(2, roomy);
  const running = await slots.reserveSlot({ taskQueue: 'a' }, never);
  slots.markSlotUsed({ permit: running });
  await slots.reserveSlot({ taskQueue: 'a' }, never);
  expect(await mayPoll(slots, 'a')).toBe(false);
});

test('a reservation that is no longer wanted is rejected with the reason of its signal', async () => {
  const slots = new SeatSlots(1, roomy);
  const permit = await slots.reserveSlot({ taskQueue: 'a' }, never);
  slots.markSlotUsed({ permit });
  const abort = new AbortController();
  const waiting = slots.reserveSlot({ taskQueue: 'a' }, abort.signal);
  abort.abort('the worker stops');
  await expect(waiting).rejects.toBe('the worker stops');
});

test('without room on the disk no queue polls, and each does when there is some again', async () => {
  let shortage: string | undefined = 'the disk is full';
  const slots = new SeatSlots(1, { shortage: () => Promise.resolve(shortage) });
  expect(await mayPoll(slots, 'a')).toBe(false);
  const waiting = slots.reserveSlot({ taskQueue: 'a' }, never);
  shortage = undefined;
  expect(await waiting).toBeDefined();
});
