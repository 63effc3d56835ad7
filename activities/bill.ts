import { NOTHING_SPENT, together } from '../contract/workflow/cost.ts';
import type { Spent } from '../contract/workflow/job-progress.ts';
import type { StreamEvent } from '../contract/workflow/stream-events.ts';

/** What agents have cost, by their events: call by call, and in sum where an answer says so at its end. */
export class Bill {
  #ended = NOTHING_SPENT;
  #underWay = NOTHING_SPENT;

  get spent(): Spent {
    return together(this.#ended, this.#underWay);
  }

  add(spent: Spent): void {
    this.#ended = together(this.#ended, spent);
  }

  take(event: StreamEvent): void {
    if (event.type === 'model_call') this.#underWay = together(this.#underWay, event);
    if (event.type !== 'run_started' && event.type !== 'run_ended') return;
    const { usage, cost_usd } = event.type === 'run_ended' ? event.result : {};
    // An answer that was broken off says nothing at its end.
    this.add({ usage: usage ?? this.#underWay.usage, cost_usd: cost_usd ?? this.#underWay.cost_usd });
    this.#underWay = NOTHING_SPENT;
  }
}
