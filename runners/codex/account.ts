import type { Usage } from '../../contract/shared/events.ts';
import { together } from '../../contract/workflow/cost.ts';
import { NO_USAGE } from '../results.ts';
import type { CodexOptions } from './options.ts';
import { costOf, usageOf, type Price } from './prices.ts';
import type { TokenUsageBreakdown } from './protocol.ts';

/** What an answer has cost, and how much it may. Calls of the model that were cut off are not told by the CLI. */
export class Account {
  readonly #price: Price | undefined;
  readonly #limits: Pick<CodexOptions, 'max_turns' | 'max_budget_usd'>;
  #usage: Usage | null = null;
  modelCalls = 0;

  constructor(limits: Pick<CodexOptions, 'max_turns' | 'max_budget_usd'>, price: Price | undefined) {
    this.#limits = limits;
    this.#price = price;
  }

  /** Counts one call of the model; answers what it has cost. */
  add(tokens: TokenUsageBreakdown): { usage: Usage; cost_usd: number | null } {
    const usage = usageOf(tokens);
    this.modelCalls += 1;
    this.#usage = together({ usage: this.#usage, cost_usd: null }, { usage, cost_usd: null }).usage;
    return { usage, cost_usd: costOf(usage, this.#price) };
  }

  get spent(): { usage: Usage; cost_usd: number | null } {
    const usage = this.#usage ?? NO_USAGE;
    return { usage, cost_usd: costOf(usage, this.#price) };
  }

  /** Which limit is reached, as a sentence. */
  get limit(): string | undefined {
    const { max_turns = Infinity, max_budget_usd = Infinity } = this.#limits;
    if (this.modelCalls >= max_turns) return `The agent reached max_turns (${max_turns}).`;
    if ((this.spent.cost_usd ?? 0) >= max_budget_usd) return `The agent reached max_budget_usd (${max_budget_usd}).`;
    return undefined;
  }
}
