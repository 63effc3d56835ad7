import type { Client } from '@temporalio/client';
import { readdir, readFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { Config } from '../config/index.ts';
import { shippedTranscript, transcriptsDir } from '../contract/shared/artifacts.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { eventsAfter, type EventLog } from '../events/event-log.ts';
import { tryLock } from '../processes/file-lock.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { Courier, type Destination } from '../telemetry/shipping/courier.ts';
import { countDeliveries } from '../telemetry/shipping/shipping-metrics.ts';
import { Spool, type Shipment, type ShipmentFacts } from '../telemetry/shipping/spool.ts';
import { readSubject, unknownSubject } from './trace-subject.ts';

/** Most shipments that wait. */
const MOST = 10_000;

/** How often is looked whether the process is gone that delivers what this disk has (milliseconds). */
const LOCK_MS = 5_000;

interface ShippingOptions {
  config: Config;
  client: Client;
  events: EventLog;
  store: ObjectStore;
  log: Logger;
  metrics: Registry;
  /** Identity of the data directory. */
  disk: string;
  /** Whether this process works for the job or session. */
  isHere: (stream: string) => boolean;
}

/** The background work that brings transcripts and traces to where they are wanted. */
export interface Shipping {
  /** Undefined where nobody wants any. */
  spool: Spool | undefined;
  /** Begins with the work. `keepLeft` keeps the transcript of what a killed host has left. */
  start(keepLeft: (facts: ShipmentFacts) => Promise<void>): void;
  close(): Promise<void>;
}

/** Shipping to the store that sessions use, where other hosts reach it, and to Langfuse, where its keys are set. */
export function openShipping(options: ShippingOptions): Shipping {
  const { config, store, log } = options;
  const wanted = [...(store.isShared ? ['store'] : []), ...(hasLangfuse(config) ? ['langfuse'] : [])];
  if (wanted.length === 0) return { spool: undefined, start: () => undefined, close: () => Promise.resolve() };
  const spool = new Spool(join(config.dataDir, 'spool'), log);
  const over = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    spool,
    start: (keepLeft) => {
      running = deliverAll({ ...options, spool, wanted, keepLeft, over: over.signal }).catch((error: unknown) =>
        log.error({ error }, 'transcripts and traces are not sent by this process'),
      );
    },
    close: async () => {
      over.abort();
      await running;
    },
  };
}

const hasLangfuse = ({ langfusePublicKey, langfuseSecretKey }: Config): boolean =>
  langfusePublicKey !== undefined && langfuseSecretKey !== undefined;

interface Delivery extends ShippingOptions {
  spool: Spool;
  wanted: readonly string[];
  keepLeft: (facts: ShipmentFacts) => Promise<void>;
  over: AbortSignal;
}

/** Until `over` aborts; one process of a disk at a time. */
async function deliverAll(delivery: Delivery): Promise<void> {
  const { spool, wanted, log, metrics, over } = delivery;
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  const lock = await lockWhenFree(join(spool.folder, '.lock'), over);
  if (lock === undefined) return;
  const count = countDeliveries(metrics, spool, wanted);
  const destinations = await Promise.all(
    wanted.map(async (name) => (name === 'store' ? storeOf(delivery) : langfuseOf(delivery))),
  );
  const couriers = destinations.map(
    (destination) => new Courier({ spool, destination, all: wanted, most: MOST, log, count }),
  );
  await new Promise((resolve) => {
    if (over.aborted) resolve(undefined);
    else over.addEventListener('abort', resolve, { once: true });
  });
  await Promise.all(couriers.map((courier) => courier.close()));
  lock.release();
}

async function lockWhenFree(path: string, over: AbortSignal): Promise<{ release: () => void } | undefined> {
  while (!over.aborted) {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOCK_MS);
      over.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
  return undefined;
}

/** Every transcript of the job or session that is kept here, by its id. */
function storeOf({ config, client, store, isHere, keepLeft }: Delivery): Destination {
  return {
    name: 'store',
    async deliver(shipment) {
      if (!shipment.left) {
        if (isHere(shipment.stream)) return 'later';
        if ((await readSubject(client, shipment)).state === 'open') return 'later';
        await keepLeft(shipment);
      }
      const folder = transcriptsDir(config.dataDir, shipment.stream);
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'));
      for (const name of names) {
        const session = name.slice(0, -'.jsonl'.length);
        await store.put(shippedTranscript(shipment.stream, session), await readFile(join(folder, name)));
      }
      return 'done';
    },
  };
}

/** A trace of each job and run, when it has ended. Its libraries are loaded for it. */
async function langfuseOf({ config, client, events, disk, isHere, over }: Delivery): Promise<Destination> {
  const { Langfuse } = await import('../telemetry/langfuse/langfuse.ts');
  const { buildTrace } = await import('../telemetry/langfuse/build-trace.ts');
  const langfuse = new Langfuse({
    ...{ host: config.langfuseHost ?? '', serviceName: config.otelServiceName },
    ...{ publicKey: config.langfusePublicKey ?? '', secretKey: config.langfuseSecretKey ?? '' },
  });
  over.addEventListener('abort', () => void langfuse.close().catch(() => undefined), { once: true });
  const disclosed = { prompts: config.otelLogPrompts, toolDetails: config.otelLogToolDetails };
  return {
    name: 'langfuse',
    async deliver(shipment) {
      if (!shipment.left && isHere(shipment.stream)) return 'later';
      const now = await readSubject(client, shipment);
      if (now.state === 'open') return 'later';
      const subject = now.state === 'ended' ? now.subject : unknownSubject(shipment);
      const heard = eventsOf(events, shipment);
      await langfuse.send(await buildTrace({ shipment, subject, events: heard, disk, disclosed }));
      return 'done';
    },
  };
}

const eventsOf = (events: EventLog, { stream, after }: Shipment): ReturnType<typeof eventsAfter> =>
  eventsAfter(events, stream, after);
