import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, type Registry } from 'prom-client';
import type { Logger } from '../../contract/shared/logger.ts';
import { Refused, type OtlpSink, type Signal } from './sink.ts';

/** Bytes that wait at most; the oldest give way. */
const MAX_BYTES = 16 * 1024 * 1024;

/** How long a sink that does not take something is left alone: at first, and at most (milliseconds). */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/** How long a stop waits for what is left (milliseconds). */
const DRAIN_MS = 2_000;

interface QueuedSinkOptions {
  log: Pick<Logger, 'info' | 'warn'>;
  metrics: Registry;
}

interface Batch {
  signal: Signal;
  request: Uint8Array;
}

/**
 * A sink that never fails and never blocks: it delivers in the background, in order, and tries again what was not
 * taken. An outage is logged once. Where it lasts, the oldest is dropped and counted; a stop tries once more.
 */
export class QueuedSink implements OtlpSink {
  readonly #sink: OtlpSink;
  readonly #log: QueuedSinkOptions['log'];
  readonly #batches: Counter<'signal' | 'outcome'>;
  readonly #queue: Batch[] = [];
  readonly #closing = new AbortController();
  /** What is delivered is of many steps: nothing of it belongs to the one that is under way when it begins. */
  readonly #ofNone = AsyncLocalStorage.snapshot();
  #bytes = 0;
  #delivering: Promise<void> | undefined;
  #isOut = false;

  constructor(sink: OtlpSink, { log, metrics }: QueuedSinkOptions) {
    this.#sink = sink;
    this.#log = log;
    this.#batches = new Counter({
      name: 'agenticore_telemetry_batches_total',
      help: 'Batches of telemetry by what became of them: delivered or dropped.',
      labelNames: ['signal', 'outcome'],
      registers: [metrics],
    });
    for (const signal of ['traces', 'metrics', 'logs'] satisfies Signal[])
      for (const outcome of ['delivered', 'dropped']) this.#batches.inc({ signal, outcome }, 0);
  }

  export(signal: Signal, request: Uint8Array): Promise<void> {
    if (this.#closing.signal.aborted) this.#count(signal, 'dropped');
    else this.#add({ signal, request });
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const drained = new AbortController();
    const late = sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined);
    await Promise.race([this.#delivering, late]);
    drained.abort();
    this.#dropAll();
    await this.#sink.close();
  }

  #add(batch: Batch): void {
    this.#queue.push(batch);
    this.#bytes += batch.request.length;
    while (this.#bytes > MAX_BYTES) this.#take('dropped');
    this.#delivering ??= this.#ofNone(() => this.#deliver()).finally(() => (this.#delivering = undefined));
  }

  async #deliver(): Promise<void> {
    let pauseMs = PAUSE_MS;
    for (let [batch] = this.#queue; batch !== undefined; [batch] = this.#queue) {
      const problem = await this.#sink.export(batch.signal, batch.request).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (problem === undefined) this.#isBack();
      else this.#fails(problem);
      // While it was under way the oldest may have given way.
      if (problem === undefined || problem instanceof Refused) {
        if (this.#queue[0] === batch) this.#take(problem === undefined ? 'delivered' : 'dropped');
        pauseMs = PAUSE_MS;
        continue;
      }
      if (this.#closing.signal.aborted) return;
      await sleep(pauseMs, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
    }
  }

  #isBack(): void {
    if (this.#isOut) this.#log.info({}, 'telemetry is delivered again');
    this.#isOut = false;
  }

  #fails(error: unknown): void {
    if (!this.#isOut)
      this.#log.warn({ reason: reasonOf(error) }, 'telemetry cannot be delivered; jobs are not affected');
    this.#isOut = true;
  }

  #dropAll(): void {
    const count = this.#queue.length;
    if (count > 0) this.#log.warn({ batches: count }, 'telemetry was not delivered before the stop, and is lost');
    while (this.#queue.length > 0) this.#take('dropped');
  }

  #take(outcome: 'delivered' | 'dropped'): void {
    const batch = this.#queue.shift();
    if (batch === undefined) return;
    this.#bytes -= batch.request.length;
    this.#count(batch.signal, outcome);
  }

  #count(signal: Signal, outcome: 'delivered' | 'dropped'): void {
    this.#batches.inc({ signal, outcome });
  }
}

/** Why, in words without addresses or headers, which may hold secrets. */
function reasonOf(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { code?: unknown } };
  const code = cause?.code;
  return typeof code === 'string' ? code : String(message);
}
