import type { FailureType } from './failures.ts';

/** Tokens of one agent turn, summed over its API calls. `input` excludes what came from the cache. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_creation_tokens: number;
}

/** What one run of an agent came to. Text is cut at MAX_OUTPUT characters; all of it stands in the event log. */
export interface Turn {
  session_id: string;
  text: string;
  usage: Usage;
  cost_usd: number;
  num_turns: number;
}

/**
 * What an agent does, as one closed union that every runner maps its CLI's output to.
 * `*_delta` events carry fragments of a block; the event without `_delta` carries the whole block and stands alone.
 */
export type AgentEvent =
  | { type: 'started'; session_id: string; model: string; resumed: boolean; tools: string[]; version: string }
  | { type: 'thinking_delta'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'text_delta'; text: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown; parent_id: string | null }
  | { type: 'tool_result'; id: string; is_error: boolean; content: string; truncated_bytes: number }
  | { type: 'approval_request'; id: string; tool_use_id: string; name: string; input: unknown }
  | { type: 'usage'; usage: Usage; cost_usd: number }
  | { type: 'retrying'; reason: string; attempt: number }
  | { type: 'restarted'; reason: string }
  | { type: 'done'; turn: Turn }
  | { type: 'failed'; code: FailureType; message: string; usage?: Usage; cost_usd?: number; retry_after_ms?: number };

/** What the job itself does, in the same stream as the agent's events. */
type JobEvent =
  | { type: 'stage'; stage: string; host?: string; attempt?: number }
  /** The job gave its seat back and goes on at `until` (ISO 8601). */
  | { type: 'waiting'; reason: string; until: string }
  | { type: 'warning'; message: string }
  | { type: 'ended'; status: string; code?: string; message?: string };

/** `gap` says that the events `from`..`to` are not kept here (any more); only a reader ever sees it. */
export type StreamEvent = AgentEvent | JobEvent | { type: 'gap'; from: number; to: number };

/**
 * One line of an event log. `seq` starts at 1, only grows, is never given twice, and is the cursor and the SSE id.
 * A number may be missing where compaction dropped the deltas of a complete block: nothing is lost there. What is lost
 * is told by a `gap` event, whose `seq` is its `to`.
 */
export interface LoggedEvent {
  seq: number;
  /** ISO 8601 time of the append, by the writer's clock. */
  at: string;
  event: StreamEvent;
}
