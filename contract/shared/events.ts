import type { FailureType } from './failures.ts';

/** Tokens of one answer of an agent, summed over its API calls. `input` excludes what came from the cache. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_creation_tokens: number;
}

/** An answer that the agent finished. `text` is its last words, cut at MAX_OUTPUT characters; the log has all. */
export interface RunSuccess {
  status: 'succeeded';
  session_id: string;
  text: string;
  usage: Usage;
  /** Null where the agent does not tell and no price is known. */
  cost_usd: number | null;
  num_turns: number;
}

/** An answer that failed. `retry_after_ms` is there where the provider says when its limit ends. */
export interface RunFailure {
  status: 'failed';
  code: FailureType;
  message: string;
  usage?: Usage;
  cost_usd?: number | null;
  retry_after_ms?: number;
  /** The answer has reached a limit, or the model refuses to give one: there is no defect. */
  limit?: 'max_tokens' | 'max_turns' | 'max_budget' | 'refusal';
}

/** An answer that was interrupted; what was said stays in the session. */
interface RunInterruption {
  status: 'interrupted';
  session_id: string;
  usage: Usage;
  cost_usd: number | null;
}

/** How an agent's answer to one message ended. */
export type RunResult = RunSuccess | RunFailure | RunInterruption;

/**
 * What an agent does, as one closed union to which every agent's output is mapped. `*_delta` events carry fragments of
 * a block; the event without `_delta` carries the whole block and stands alone.
 */
export type AgentEvent =
  /** The agent has begun with a message. */
  | { type: 'started'; session_id: string; model: string; resumed: boolean; tools: string[]; version: string }
  | { type: 'thinking_delta'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'text_delta'; text: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown; parent_id: string | null }
  | { type: 'tool_result'; id: string; is_error: boolean; content: string; truncated_bytes: number }
  /** The agent waits for a decision about a tool call. In the stream of a session `id` is that of the approval. */
  | { type: 'approval_requested'; id: string; tool_use_id: string; name: string; input: unknown }
  /** `cancelled`: the agent does not wait for it any more. */
  | { type: 'approval_resolved'; id: string; decision: 'allowed' | 'denied' | 'cancelled'; reason?: string }
  /** Something is unusual, but no reason to fail. */
  | { type: 'warning'; message: string }
  /** A call of the model has ended; `cost_usd` is null where no price is known. The end of the answer has the sum. */
  | { type: 'model_call'; usage: Usage; cost_usd: number | null }
  /** The agent asks its model again. */
  | { type: 'retrying'; reason: string; attempt: number }
  /** The last event of an answer. */
  | { type: 'run_ended'; result: RunResult };

/** What the host does to let an agent answer a message. */
export type RunEvent =
  /** A run that failed in passing or lost its host is tried again: then this comes again, with a higher `attempt`. */
  /** `forgotten_texts`: how many texts of the tries before, the last ones, the agent does not remember. */
  | { type: 'run_started'; attempt: number; forgotten_texts?: number }
  /** What the agent is told; cut at 16 KiB. */
  | { type: 'user_message'; id: string; text: string; truncated_bytes: number }
  /** What was said in this run so far does not count: the agent begins anew. */
  | { type: 'restarted'; reason: string };
