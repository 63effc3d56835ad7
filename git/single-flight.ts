interface Round<T> {
  controller: AbortController;
  waiting: number;
  started: boolean;
  result: Promise<T>;
}

/**
 * Shares work by key: who asks while a round runs shares the next one, which begins after the asking, so nobody gets an
 * answer older than the question. A round is aborted when all who waited for it have gone.
 */
export class Coalescer<T> {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #open = new Map<string, Round<T>>();

  /**
   * The result of a round that begins after this call. An abort rejects with the signal's reason: at once while others
   * still wait or the round has not started, else when the aborted work has ended.
   */
  async share(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const round = this.#open.get(key) ?? this.#queue(key, work);
    round.waiting += 1;
    if (signal === undefined) return round.result;
    const leave = new AbortController();
    const onAbort = (): void => {
      round.waiting -= 1;
      if (round.waiting === 0) this.#abandon(key, round, signal.reason);
      if (round.waiting > 0 || !round.started) leave.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([round.result, rejection(leave.signal)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #queue(key: string, work: (signal: AbortSignal) => Promise<T>): Round<T> {
    const controller = new AbortController();
    const round: Round<T> = {
      controller,
      waiting: 0,
      started: false,
      result: this.#begin(key, controller.signal, () => round, work),
    };
    this.#open.set(key, round);
    const settled = round.result.then(nothing, nothing).then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    this.#last.set(key, settled);
    return round;
  }

  async #begin(
    key: string,
    signal: AbortSignal,
    round: () => Round<T>,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await this.#last.get(key);
    this.#close(key, round());
    round().started = true;
    signal.throwIfAborted();
    return work(signal);
  }

  #abandon(key: string, round: Round<T>, reason: unknown): void {
    this.#close(key, round);
    round.controller.abort(reason);
  }

  /** From here on newcomers get a round of their own. */
  #close(key: string, round: Round<T>): void {
    if (this.#open.get(key) === round) this.#open.delete(key);
  }
}

const nothing = (): undefined => undefined;

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
