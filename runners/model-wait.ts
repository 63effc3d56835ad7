import type { RunFailure } from '../contract/shared/events.ts';
import { failure } from './results.ts';

const SENTENCES = {
  rate_limited: 'The model provider refused more requests',
  model_overloaded: 'The model was overloaded or failed',
} as const;

/** How much too early a timer may tell that the wait is over (milliseconds). */
const EARLY_MS = 5;

/** How long an answer waits for a model that refuses or fails, and is asked again. */
export class ModelWait {
  readonly #limitMs: number | undefined;
  #waiting: { for: keyof typeof SENTENCES; until: number } | undefined;

  /** For ever where `limitMs` is undefined. */
  constructor(limitMs: number | undefined) {
    this.#limitMs = limitMs;
  }

  /** The model was asked and has not answered. */
  failed(code: keyof typeof SENTENCES): void {
    if (this.#limitMs === undefined) return;
    this.#waiting = { for: code, until: this.#waiting?.until ?? performance.now() + this.#limitMs };
  }

  answered(): void {
    this.#waiting = undefined;
  }

  /** When the wait is over, by `performance.now()`; undefined while the model answers. */
  get until(): number | undefined {
    return this.#waiting?.until;
  }

  /** How the answer has failed, where the wait is over. */
  get end(): RunFailure | undefined {
    if (this.#waiting === undefined || this.#waiting.until > performance.now() + EARLY_MS) return undefined;
    const code = this.#waiting.for;
    return failure(code, `${SENTENCES[code]} for ${(this.#limitMs ?? 0) / 1_000} s.`);
  }
}
