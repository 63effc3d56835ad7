import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { oneLine } from '../output/sanitize.ts';

/** Which tools an agent has used, how often, and how many calls failed. */
export class ToolCounts {
  readonly #calls = new Map<string, number>();
  #failed = 0;

  add(event: StreamEvent): void {
    if (event.type === 'tool_use') {
      const name = oneLine(event.name);
      this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
    }
    if (event.type === 'tool_result' && event.is_error) this.#failed += 1;
  }

  /** `Bash 5, Read 4 (1 failed)`, the most used first; undefined where none was used. */
  words(): string | undefined {
    if (this.#calls.size === 0) return undefined;
    const calls = [...this.#calls].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`);
    return calls.join(', ') + (this.#failed === 0 ? '' : ` (${this.#failed} failed)`);
  }
}
