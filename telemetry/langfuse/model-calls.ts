import { defined } from '../../contract/shared/defined.ts';
import type { RunResult, Usage } from '../../contract/shared/events.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { shortened, type Disclosure, type Observation } from './observation.ts';

type Call = Pick<Extract<StreamEvent, { type: 'model_call' }>, 'usage' | 'cost_usd'>;

const KINDS = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'] as const;

/** The calls of its model that an agent made for one answer. */
export class ModelCalls {
  readonly #parent: string;
  readonly #disclosed: Disclosure;
  readonly #made: (Observation & Call)[] = [];
  #start: Date;
  #model: string | undefined;
  #input: string | undefined;
  #said: string[] = [];

  constructor(parent: string, start: Date, disclosed: Disclosure) {
    this.#parent = parent;
    this.#start = start;
    this.#disclosed = disclosed;
  }

  hear(event: StreamEvent, at: Date): void {
    if (event.type === 'user_message') this.#input = event.text;
    if (event.type === 'started') this.#model = event.model;
    if (event.type === 'text') this.#said.push(event.text);
    if (event.type === 'tool_result' || event.type === 'started') this.#start = at;
    if (event.type === 'model_call') this.#add(event, at);
  }

  /** All of them. Together they have the tokens and the cost that the answer says itself at its end. */
  end(
    at: Date,
    { usage, cost_usd }: Partial<Pick<RunResult & { status: 'succeeded' }, 'usage' | 'cost_usd'>> = {},
  ): Observation[] {
    const rest = usage && minus(usage, this.#made);
    // What it says is less than was counted.
    if (rest && KINDS.some((kind) => rest[kind] < 0)) this.#made.length = 0;
    const left = usage && minus(usage, this.#made);
    if (left && KINDS.some((kind) => left[kind] > 0)) this.#add({ usage: left, cost_usd: null }, at);
    const last = this.#made.at(-1);
    const counted = this.#made.reduce((sum, call) => sum + (call.cost_usd ?? 0), 0);
    if (last !== undefined && cost_usd != null) last.cost_usd = (last.cost_usd ?? 0) + cost_usd - counted;
    // Langfuse would make up what is not said.
    return this.#made.map((call) => ({ ...call, cost_usd: call.cost_usd ?? 0 }));
  }

  #add({ usage, cost_usd }: Call, end: Date): void {
    const { prompts } = this.#disclosed;
    const [input, output] = [this.#input, this.#said.join('\n\n')];
    const texts = prompts ? defined({ input: input && shortened(input), output: shortened(output) }) : {};
    this.#made.push({
      ...{ key: `call ${this.#made.length + 1} of ${this.#parent}`, parent: this.#parent, kind: 'generation' },
      ...{ name: this.#model ?? 'model', start: this.#start, end, usage, cost_usd },
      ...texts,
      ...defined({ model: this.#model }),
    });
    this.#start = end;
    this.#input = undefined;
    this.#said = [];
  }
}

/** What is left of `usage` without that of the calls. */
const minus = (usage: Usage, calls: readonly Call[]): Usage => {
  const left = (kind: (typeof KINDS)[number]): number =>
    calls.reduce((rest, call) => rest - call.usage[kind], usage[kind]);
  return {
    input_tokens: left('input_tokens'),
    output_tokens: left('output_tokens'),
    cache_read_tokens: left('cache_read_tokens'),
    cache_creation_tokens: left('cache_creation_tokens'),
  };
};
