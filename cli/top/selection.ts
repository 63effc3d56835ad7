import type { TopItem } from './items.ts';

/**
 * Which line is chosen. A choice whose line is gone chooses nothing, so that no key acts on what came into its place;
 * the next move begins where it was.
 */
export class Selection {
  key: string | undefined;
  #index = 0;

  /** The chosen one of `items`. */
  of(items: readonly TopItem[]): TopItem | undefined {
    const found = items.findIndex(({ key }) => key === this.key);
    if (found >= 0) this.#index = found;
    else this.key = undefined;
    return items[found];
  }

  move(items: readonly TopItem[], steps: number): void {
    const from = this.of(items) === undefined ? this.#index - Math.sign(steps) : this.#index;
    this.#index = Math.max(0, Math.min(items.length - 1, from + steps));
    this.key = items[this.#index]?.key;
  }
}
