import type { StreamEvent } from '../contract/workflow/stream-events.ts';

/**
 * Finds deltas that a complete block has made superfluous; so the newest event is never among them, and the next append
 * can count on from it. Feed it a stream from its start, in order.
 */
export class SupersededDeltas {
  readonly #open = { text: [] as number[], thinking: [] as number[] };
  readonly #found: number[] = [];

  add(seq: number, event: StreamEvent): void {
    switch (event.type) {
      case 'text_delta':
        this.#open.text.push(seq);
        break;
      case 'thinking_delta':
        this.#open.thinking.push(seq);
        break;
      case 'text':
      case 'thinking':
        for (const delta of this.#open[event.type].splice(0)) this.#found.push(delta);
        break;
      case 'started':
      case 'run_started':
      case 'restarted':
      case 'run_ended':
      case 'ended':
        // A block that was cut off here has only its deltas.
        this.#open.text = [];
        this.#open.thinking = [];
        break;
      default:
    }
  }

  /** Their numbers, ascending. */
  seqs(): number[] {
    return this.#found.sort((a, b) => a - b);
  }
}
