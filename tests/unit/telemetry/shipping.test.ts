import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Courier, NotWanted, type DeliveryOutcome, type Destination } from '../../../telemetry/shipping/courier.ts';
import { Spool } from '../../../telemetry/shipping/spool.ts';
import { LangfuseServer } from '../../support/langfuse-server.ts';
import { until } from '../../support/until.ts';

let folder: string;
let said: string[];
let counted: DeliveryOutcome[];
let couriers: Courier[];
const log = {
  info: (_: object, message: string) => void said.push(message),
  warn: (_: object, message: string) => void said.push(message),
  error: (_: object, message: string) => void said.push(message),
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agenticore-spool-'));
  [said, counted, couriers] = [[], [], []];
});
afterEach(async () => {
  await Promise.all(couriers.map((courier) => courier.close()));
  await rm(folder, { recursive: true });
});

const open = (): Spool => new Spool(folder, log);
const deliver = (spool: Spool, destination: Destination, { all = [destination.name], most = 100 } = {}): void => {
  const count = (_: string, outcome: DeliveryOutcome): void => void counted.push(outcome);
  couriers.push(new Courier({ spool, destination, all, most, log, count }));
};
const idsIn = async (spool: Spool): Promise<string[]> => (await spool.list()).map(({ shipment }) => shipment.id);
const isEmpty = async (spool: Spool): Promise<boolean> => (await idsIn(spool)).length === 0;

describe('what is to be sent', () => {
  test('is one shipment, however often something is noted of it, and is there for the next process', async () => {
    const spool = open();
    await spool.note({ id: 'job', stream: 'job', after: 7, attempt: 1 });
    await Promise.all([
      spool.note({ id: 'job', stream: 'job', attempt: 2, left: true }),
      spool.note({ id: 'run.1', stream: 'session', left: true }),
    ]);
    const found = (await open().list()).map(({ shipment }) => shipment);
    expect(found).toMatchObject([{ id: 'job', after: 7, attempt: 2, left: true, done: [] }, { id: 'run.1' }]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('stays, whole, when more is noted of it while it is delivered', async () => {
    const spool = open();
    await spool.note({ id: 'job', stream: 'job', left: false });
    const [before] = await spool.list();
    await spool.note({ id: 'job', stream: 'job', left: true });
    if (before !== undefined) await spool.mark(before, 'store', ['store']);
    expect((await spool.list()).map(({ shipment }) => shipment)).toMatchObject([{ left: true, done: [] }]);
  });

  test('goes when all destinations have it, and one that is away keeps none of the others waiting', async () => {
    const spool = open();
    const all = ['store', 'langfuse'];
    const got: string[] = [];
    let isBack = false;
    deliver(spool, { name: 'store', deliver: ({ id }) => Promise.resolve((got.push(id), 'done' as const)) }, { all });
    const away = {
      name: 'langfuse',
      deliver: () => (isBack ? Promise.resolve('done' as const) : Promise.reject(new Error('away'))),
    };
    deliver(spool, away, { all });
    for (const id of ['a', 'b', 'c']) await spool.note({ id, stream: id, left: true });
    await until(() => got.length === 3);
    await until(() => counted.filter((outcome) => outcome === 'failed').length > 1);
    expect(await idsIn(spool)).toEqual(['a', 'b', 'c']);
    isBack = true;
    await until(() => isEmpty(spool));
    expect(got).toEqual(['a', 'b', 'c']);
    expect(said).toEqual(['langfuse takes nothing; it is sent later', 'langfuse takes what is sent again']);
  });

  test('waits while it cannot be known, is given up where it is refused, and the oldest of too many are dropped, which is said', async () => {
    const spool = open();
    for (const id of ['a', 'b', 'c', 'd']) await spool.note({ id, stream: id, left: true, attempt: 1 });
    let asked = 0;
    const destination: Destination = {
      name: 'langfuse',
      deliver: ({ id }) => {
        if (id === 'c') return Promise.resolve(++asked > 2 ? 'done' : 'later');
        return id === 'b' ? Promise.reject(new NotWanted('too long')) : Promise.resolve('done');
      },
    };
    deliver(spool, destination, { most: 3 });
    await until(() => isEmpty(spool));
    expect(counted).toEqual(['dropped', 'dropped', 'delivered', 'delivered']);
    expect(asked).toBe(3);
    expect(said).toEqual([
      'more than 3 transcripts and traces wait; the oldest are dropped',
      'langfuse does not take what it was sent',
    ]);
  });
});

test('a host that is killed between a delivery and its note delivers it again, in place of the first', async () => {
  const server = await new LangfuseServer().start();
  const spool = open();
  await spool.note({ id: 'job-1', stream: 'job-1', left: true });
  const args = [folder, server.url, server.keys.publicKey, server.keys.secretKey];
  const isKilled = async (): Promise<boolean> => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'tests/fixtures/courier.ts', ...args]);
    const [, signal] = (await once(child, 'exit')) as [unknown, string];
    return signal === 'SIGKILL';
  };
  expect(await isKilled()).toBe(true);
  const first = [...server.spans.keys()];
  expect(first.length).toBeGreaterThan(10);
  expect(await idsIn(spool)).toEqual(['job-1']);
  expect(await isKilled()).toBe(true);
  expect(server.got.spans).toBe(2 * first.length);
  expect([...server.spans.keys()].sort()).toEqual(first.sort());
  await server.stop();
}, 60_000);
