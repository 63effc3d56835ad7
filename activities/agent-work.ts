import type { AgentEvent } from '../contract/shared/events.ts';
import { cut, singleLine } from '../contract/shared/markdown.ts';
import { toolWords } from '../contract/shared/tool-labels.ts';

/** Characters of the input of a tool, or of a reason. */
const MAX_WORDS = 120;

/** What an agent does, in words for people; it stands in the heartbeats of its step. */
export interface WorkSeen {
  doing: string;
  /** Since when (ISO 8601). */
  since: string;
  /** "Bash: npm test". */
  last_tool?: string;
  /** How many tools it has called. */
  tools: number;
}

/** Follows what an agent does. */
export class AgentWork {
  #now: WorkSeen = { doing: 'starts', since: new Date().toISOString(), tools: 0 };

  get now(): WorkSeen {
    return this.#now;
  }

  notice(event: AgentEvent): void {
    const { type } = event;
    if (type === 'tool_use') {
      this.#now = { ...this.#now, last_tool: callWords(event), tools: this.#now.tools + 1 };
      this.#do(`calls ${event.name}`);
    } else if (type === 'approval_requested') this.#do(`waits for a decision about ${callWords(event)}`);
    else if (type === 'tool_result' || type === 'started') this.#do('waits for the model');
    else if (type === 'retrying') this.#do(`asks the model again: ${cut(singleLine(event.reason), MAX_WORDS, '…')}`);
    else if (type === 'thinking_delta') this.#do('thinks');
    else if (type === 'text_delta') this.#do('writes');
  }

  #do(doing: string): void {
    if (doing === this.#now.doing) return;
    this.#now = { ...this.#now, doing, since: new Date().toISOString() };
  }
}

function callWords({ name, input }: { name: string; input: unknown }): string {
  const words = cut(singleLine(toolWords(input)), MAX_WORDS, '…');
  return words === '' ? name : `${name}: ${words}`;
}
