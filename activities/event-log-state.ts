import type { Logger } from '../contract/shared/logger.ts';

/** Whether the event log of this host can be used. That it cannot is logged once, not for each batch. */
export class EventLogState {
  readonly #log: Logger;
  #isOut = false;
  #lost = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  failed(stream: string, error: unknown, lost = 0): void {
    if (!this.#isOut) this.#log.warn({ stream, error }, 'the event log cannot be used; its events are lost meanwhile');
    this.#isOut = true;
    this.#lost += lost;
  }

  worked(): void {
    if (this.#isOut) this.#log.info({ lost: this.#lost }, 'events are written to the event log again');
    this.#isOut = false;
    this.#lost = 0;
  }
}
