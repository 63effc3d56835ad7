type Stop = (graceMs: number) => Promise<unknown>;

/** What a process has started, to be stopped in the opposite order. */
export class Started {
  readonly #stops: Stop[] = [];

  /**
   * Runs `start`, which pushes how each thing is stopped as soon as it runs; where it throws, those are stopped at
   * once.
   */
  static async all<T>(start: (started: Started) => Promise<T>): Promise<T> {
    const started = new Started();
    try {
      return await start(started);
    } catch (error) {
      await started.stop(0);
      throw error;
    }
  }

  push(stop: Stop): void {
    this.#stops.push(stop);
  }

  /** Stops everything, one after the other. Further calls do nothing. */
  async stop(graceMs: number): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop(graceMs);
  }
}
