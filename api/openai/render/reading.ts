import type { RunFailure, RunResult, RunSuccess, Usage } from '../../../contract/shared/events.ts';
import { NOTHING_SPENT, together } from '../../../contract/workflow/cost.ts';
import type { LoggedEvent, StreamEvent } from '../../../contract/workflow/stream-events.ts';
import type { Visibility } from '../../../packages/package.ts';
import { Blocks, ShownTexts } from './blocks.ts';
import type { Piece, PieceKind } from './pieces.ts';

const NO_TOKENS: Usage = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 };

/** Reads the events of one run, in order: what its readers are shown, and what it came to. */
export class TurnReading {
  num_turns = 0;
  /** Number of the last event. */
  cursor: number;
  /** The CLI's own id of its session. */
  cli_session_id: string | null = null;
  /** Set when the agent has finished its answer. */
  success: RunSuccess | undefined;
  /** How the last try failed. */
  failure: RunFailure | undefined;
  /** The text blocks that are complete, whether they are shown or not. */
  texts: string[] = [];
  /** Tokens and cost of all tries of the run. */
  #spent = NOTHING_SPENT;
  readonly #show: Visibility;
  readonly #text = new Blocks('text');
  readonly #thinking = new Blocks('thinking');
  readonly #shown: ShownTexts;
  /** Tool calls without a result, and those that wait for a decision, by the id of their approval. */
  readonly #calls = new Set<string>();
  readonly #approvals = new Map<string, string>();
  readonly #asked = new Set<string>();
  #attempt: number | undefined;
  #restarted = false;

  constructor(show: Visibility, cursor: number) {
    this.#show = show;
    this.#shown = new ShownTexts(show);
    this.cursor = cursor;
  }

  get usage(): Usage {
    return this.#spent.usage ?? NO_TOKENS;
  }

  get cost_usd(): number | null {
    return this.#spent.cost_usd;
  }

  /** Whether the agent waits for decisions, and for nothing else. */
  get waits(): boolean {
    const asked = new Set(this.#approvals.values());
    return asked.size > 0 && [...this.#calls].every((id) => asked.has(id));
  }

  /** What readers are shown of an event. */
  take({ seq, event }: LoggedEvent): Piece[] {
    this.cursor = seq;
    return at(seq, this.#take(event));
  }

  /** What was held back until the end of the answer. */
  end(): Piece[] {
    return at(this.cursor, this.#shown.end());
  }

  #take(event: StreamEvent): PieceKind[] {
    switch (event.type) {
      case 'started':
        this.cli_session_id = event.session_id;
        return [];
      case 'run_started':
        return this.#began(event);
      case 'restarted':
        this.#restarted = true;
        this.texts = [];
        return this.#anew('all', event.reason);
      case 'run_ended':
        return this.#ended(event.result);
      case 'approval_requested':
        return this.#askFor(event);
      case 'approval_resolved':
      case 'approval_decided':
        this.#approvals.delete(event.id);
        return [];
      default:
        return this.#said(event);
    }
  }

  #said(event: StreamEvent): PieceKind[] {
    switch (event.type) {
      case 'text_delta':
        return this.#shown.pass(this.#text.add(event.text));
      case 'text':
        this.texts.push(event.text);
        return this.#shown.pass(this.#text.complete(event.text));
      case 'thinking_delta':
        return this.#ifShown('thinking', this.#thinking.add(event.text));
      case 'thinking':
        return this.#ifShown('thinking', this.#thinking.complete(event.text));
      case 'tool_use': {
        const { type: kind, ...call } = event;
        this.#calls.add(call.id);
        return this.#ifShown('tools', [{ kind, ...call }]);
      }
      case 'tool_result': {
        const { type: kind, ...result } = event;
        this.#calls.delete(result.id);
        return this.#ifShown('tools', [{ kind, ...result }]);
      }
      default:
        return [];
    }
  }

  #ifShown(what: 'thinking' | 'tools', pieces: PieceKind[]): PieceKind[] {
    return this.#show[what] ? pieces : [];
  }

  /** A further try: what was half said is void. A run that has waited for a decision just goes on. */
  #began({ attempt, forgotten_texts: forgotten = 0 }: Extract<StreamEvent, { type: 'run_started' }>): PieceKind[] {
    const isAgain = this.#attempt !== undefined && attempt > this.#attempt && this.#approvals.size === 0;
    this.#attempt = attempt;
    this.#calls.clear();
    const isTold = this.#restarted;
    this.#restarted = false;
    if (!isAgain || isTold) return [];
    this.texts = this.texts.slice(0, this.texts.length - forgotten);
    return this.#anew(forgotten, this.failure?.message ?? 'its worker was lost');
  }

  /** Complete `texts` do not count, and what was half said. */
  #anew(texts: number | 'all', reason: string): PieceKind[] {
    const blocks = texts === 'all' ? texts : texts + (this.#text.isOpen ? 1 : 0);
    this.#text.drop();
    this.#thinking.drop();
    return this.#shown.pass([{ kind: 'void', blocks, reason }]);
  }

  #askFor({ type: _type, ...asked }: Extract<StreamEvent, { type: 'approval_requested' }>): PieceKind[] {
    this.#approvals.set(asked.id, asked.tool_use_id);
    if (this.#asked.has(asked.id)) return [];
    this.#asked.add(asked.id);
    return [{ kind: 'approval', ...asked }];
  }

  #ended(result: RunResult): PieceKind[] {
    const { usage = null, cost_usd = null } = result;
    this.#spent = together(this.#spent, { usage, cost_usd });
    this.success = result.status === 'succeeded' ? result : undefined;
    this.failure = result.status === 'failed' ? result : undefined;
    if (this.success === undefined) return [];
    this.num_turns += this.success.num_turns;
    this.cli_session_id = this.success.session_id;
    return this.#shown.end();
  }
}

const at = (seq: number, pieces: readonly PieceKind[]): Piece[] => pieces.map((piece) => ({ seq, ...piece }));
