import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { QueuedSink } from '../../../telemetry/otlp/queued-sink.ts';
import { Refused, type OtlpSink } from '../../../telemetry/otlp/sink.ts';
import { until } from '../../support/until.ts';

const MB = 1024 * 1024;

/** A queue before a sink that answers as `take` says. */
function queueBefore(take: (request: Uint8Array) => Promise<void>) {
  const metrics = new Registry();
  const said: string[] = [];
  const note = (_fields: object, words: string): void => void said.push(words);
  const taken: Uint8Array[] = [];
  const sink: OtlpSink = {
    async export(_signal, request) {
      await take(request);
      taken.push(request);
    },
    close: () => Promise.resolve(),
  };
  const queue = new QueuedSink(sink, { log: { info: note, warn: note }, metrics });
  const count = async (outcome: string): Promise<number | undefined> =>
    (await metrics.getSingleMetric('agenticore_telemetry_batches_total')?.get())?.values.find(
      ({ labels }) => labels.signal === 'traces' && labels.outcome === outcome,
    )?.value;
  return { queue, said, taken, count };
}

test('while a sink takes nothing 16 MiB wait, the oldest give way, and what is newest comes through at last', async () => {
  let isAway = true;
  const { queue, taken, count } = queueBefore(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()));
  for (let number = 0; number < 20; number++) await queue.export('traces', new Uint8Array(MB).fill(number));
  expect(await count('dropped')).toBe(4);
  isAway = false;
  await until(async () => (await count('delivered')) === 16);
  expect(taken.map(([first]) => first)).toEqual(Array.from({ length: 16 }, (_, index) => index + 4));
});

test('an outage is one line of the log when it begins and one when it is over, however often is tried', async () => {
  let isAway = true;
  let tries = 0;
  const { queue, said } = queueBefore(() => {
    tries += 1;
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  });
  for (let number = 0; number < 50; number++) await queue.export('traces', new Uint8Array(1));
  await until(() => tries > 1);
  expect(said).toEqual(['telemetry cannot be delivered; jobs are not affected']);
  isAway = false;
  await until(() => tries > 51);
  expect(said.slice(1)).toEqual(['telemetry is delivered again']);
});

test('whoever exports waits for nobody, also where the sink never answers', async () => {
  const { queue } = queueBefore(() => new Promise(() => undefined));
  await expect(queue.export('traces', new Uint8Array(1))).resolves.toBeUndefined();
});

test('what is refused for good is dropped, and the next goes at once', async () => {
  const { queue, taken, count } = queueBefore(([first]) =>
    first === 1 ? Promise.reject(new Refused('malformed')) : Promise.resolve(),
  );
  await queue.export('traces', Uint8Array.of(1));
  await queue.export('traces', Uint8Array.of(2));
  await until(() => taken.length > 0);
  expect(taken).toEqual([Uint8Array.of(2)]);
  expect([await count('dropped'), await count('delivered')]).toEqual([1, 1]);
});

test('a stop does not wait for a sink that hangs, says that something is lost, and takes no more', async () => {
  const { queue, said, count } = queueBefore(() => new Promise(() => undefined));
  await queue.export('traces', new Uint8Array(1));
  await queue.close();
  expect(said).toEqual(['telemetry was not delivered before the stop, and is lost']);
  await queue.export('traces', new Uint8Array(1));
  expect(await count('dropped')).toBe(2);
});
