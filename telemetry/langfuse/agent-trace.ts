import { defined } from '../../contract/shared/defined.ts';
import type { RunResult } from '../../contract/shared/events.ts';
import type { LoggedEvent, StreamEvent } from '../../contract/workflow/stream-events.ts';
import { ModelCalls } from './model-calls.ts';
import { shortened, type Disclosure, type Observation } from './observation.ts';

type Of<Type extends StreamEvent['type']> = Extract<StreamEvent, { type: Type }>;

/** A call of a tool whose result has not come. */
interface OpenCall {
  call: Of<'tool_use'>;
  start: Date;
  key: string;
}

/** One answer of an agent: what it was told, what it did, and what that has cost. */
export class AgentTrace {
  readonly #key: string;
  readonly #parent: string;
  readonly #disclosed: Disclosure;
  readonly #start: Date;
  readonly #attempt: number;
  readonly #calls = new Map<string, OpenCall>();
  /** The keys of all calls, under which those of subagents hang. */
  readonly #keys = new Map<string, string>();
  readonly #tools: Observation[] = [];
  readonly #model: ModelCalls;
  #message = '';
  #said = '';
  #begun: Of<'started'> | undefined;

  constructor({ seq, at, event }: LoggedEvent & { event: Of<'run_started'> }, parent: string, disclosed: Disclosure) {
    this.#key = `agent ${seq} ${at}`;
    this.#parent = parent;
    this.#disclosed = disclosed;
    this.#start = new Date(at);
    this.#attempt = event.attempt;
    this.#model = new ModelCalls(this.#key, this.#start, disclosed);
  }

  hear({ seq, at, event }: LoggedEvent): void {
    const time = new Date(at);
    this.#model.hear(event, time);
    if (event.type === 'user_message') this.#message = event.text;
    if (event.type === 'started') this.#begun = event;
    if (event.type === 'text') this.#said = event.text;
    if (event.type === 'tool_use') {
      const key = `tool ${seq} ${at}`;
      this.#calls.set(event.id, { call: event, start: time, key });
      this.#keys.set(event.id, key);
    }
    if (event.type === 'tool_result') this.#finish(event.id, time, event);
  }

  /** All of it, when it has ended; without a result it was cut off. */
  end(end: Date, result?: RunResult): Observation[] {
    for (const id of [...this.#calls.keys()]) this.#finish(id, end);
    const { prompts } = this.#disclosed;
    const said = result?.status === 'succeeded' ? result.text : this.#said;
    const texts = prompts ? { input: shortened(this.#message), output: shortened(said) } : {};
    const agent: Observation = {
      ...{ key: this.#key, parent: this.#parent, kind: 'agent', name: `agent, attempt ${this.#attempt}` },
      ...{ start: this.#start, end },
      ...texts,
      ...defined({ problem: problemOf(result) }),
      metadata: this.#facts(result),
    };
    const { usage, cost_usd } = result ?? {};
    const calls = this.#model.end(end, defined({ usage, cost_usd }));
    return [agent, ...calls, ...this.#tools.sort((one, other) => Number(one.start) - Number(other.start))];
  }

  #facts(result: RunResult | undefined): Record<string, string | number | boolean | null> {
    const { session_id, version, resumed } = this.#begun ?? {};
    const turns = result?.status === 'succeeded' ? result.num_turns : undefined;
    return defined({ attempt: this.#attempt, agent_session: session_id, version, resumed, num_turns: turns });
  }

  #finish(id: string, end: Date, result?: Of<'tool_result'>): void {
    const open = this.#calls.get(id);
    if (open === undefined) return;
    this.#calls.delete(id);
    const { call, start, key } = open;
    const { toolDetails, prompts } = this.#disclosed;
    const shown = toolDetails ? { input: shortened(JSON.stringify(call.input) ?? '') } : {};
    // What a tool answers is part of what the model is told.
    const answer = toolDetails && prompts && result !== undefined ? { output: shortened(result.content) } : {};
    const failed = result === undefined ? 'it has no result' : result.is_error ? 'it failed' : undefined;
    this.#tools.push({
      ...{ key, parent: this.#above(call), kind: 'tool', name: toolDetails ? call.name : 'tool', start, end },
      ...shown,
      ...answer,
      ...defined({ problem: failed }),
    });
  }

  /** The call whose subagent made this one, or the agent. */
  #above({ parent_id }: Of<'tool_use'>): string {
    return (parent_id === null ? undefined : this.#keys.get(parent_id)) ?? this.#key;
  }
}

function problemOf(result: RunResult | undefined): string | undefined {
  if (result === undefined) return 'it was cut off';
  if (result.status === 'interrupted') return 'it was interrupted';
  return result.status === 'failed' ? shortened(`${result.code}: ${result.message}`) : undefined;
}
