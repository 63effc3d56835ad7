import { expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskRoom } from '../../../processes/disk-room.ts';

/** More than any disk has (MiB). */
const TOO_MUCH = 1e9;

/** What a host with these directories says about its room, and what it logs. */
function host(minFreeMb: number, ...directories: string[]): { room: DiskRoom; logged: string[] } {
  const logged: string[] = [];
  const hear = (_fields: object, message: string): void => void logged.push(message);
  const log = { debug: hear, info: hear, warn: hear, error: hear };
  return { room: new DiskRoom({ directories, minFreeMb, log }), logged };
}

test('a host with less room than it must have says so, and logs it once', async () => {
  const { room, logged } = host(TOO_MUCH, tmpdir());
  expect(await room.shortage()).toMatch(/has \d+ MB free, less than the 1000000000 MB of AGENTICORE_MIN_FREE_DISK_MB$/);
  await room.shortage();
  expect(logged).toEqual([expect.stringMatching(/this worker takes no new jobs$/)]);
});

test('a directory that is still to be made has the room of the one in which it will be', async () => {
  const missing = join(tmpdir(), 'agenticore-never', 'made');
  expect(await host(TOO_MUCH, missing).room.shortage()).toContain(missing);
  expect(await host(1, missing).room.shortage()).toBeUndefined();
});

test('with a least of 0 any disk has room', async () => {
  const { room, logged } = host(0, '/proc');
  expect(await room.shortage()).toBeUndefined();
  expect(logged).toEqual([]);
});
