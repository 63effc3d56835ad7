interface Reading {
  readers: number;
  /** Runs out at the end of the grace. */
  timer: NodeJS.Timeout | undefined;
}

/** Who reads which run here; one that nobody reads any more is given up after a grace. */
export class Readers {
  readonly #runs = new Map<string, Reading>();

  joined(run: string): void {
    const reading = this.#runs.get(run);
    clearTimeout(reading?.timer);
    this.#runs.set(run, { readers: (reading?.readers ?? 0) + 1, timer: undefined });
  }

  /** A reader has read all of the run. */
  done(run: string): void {
    clearTimeout(this.#runs.get(run)?.timer);
    this.#runs.delete(run);
  }

  /** A reader has gone; calls `giveUp` where it was the last, and none comes within the grace. */
  left(run: string, graceMs: number, giveUp: () => void): void {
    const reading = this.#runs.get(run);
    if (reading === undefined || --reading.readers > 0) return;
    reading.timer = setTimeout(giveUp, graceMs).unref();
  }

  /** Whether there were readers of the run here, and all have gone before its end. */
  hasLost(run: string): boolean {
    return this.#runs.get(run)?.readers === 0;
  }

  close(): void {
    for (const { timer } of this.#runs.values()) clearTimeout(timer);
    this.#runs.clear();
  }
}
