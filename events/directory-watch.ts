import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';

/**
 * Tells who waits for a file of `directory` that it changed; one watch for all. A best effort: where the system has no
 * watches to give, or the disk is shared with another machine, it stays silent.
 */
export class DirectoryWatch {
  readonly #directory: string;
  readonly #listeners = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Calls `changed` after changes of the file until the returned function is called. */
  add(file: string, changed: () => void): () => void {
    this.#watcher ??= this.#start();
    const listeners = this.#listeners.get(file) ?? new Set();
    this.#listeners.set(file, listeners.add(changed));
    return () => {
      listeners.delete(changed);
      if (listeners.size === 0 && this.#listeners.get(file) === listeners) this.#listeners.delete(file);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #start(): FSWatcher | null {
    try {
      const watcher = watch(this.#directory, (_change, file) => {
        for (const changed of this.#listeners.get(file ?? '') ?? []) changed();
      });
      return watcher.on('error', () => this.close());
    } catch {
      return null;
    }
  }
}
