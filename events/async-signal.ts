/** Wakes one waiter; a ring that comes while nobody waits is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, after `ms`, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => this.#wake?.();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', stop);
      });
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      this.#wake = null;
    }
    this.#rung = false;
  }
}
