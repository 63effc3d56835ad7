import type { RunFailure } from '../../../contract/shared/events.ts';
import type { RunRecord } from '../../../contract/http/run.ts';
import type { Piece } from './pieces.ts';
import type { TurnReading } from './reading.ts';

/** How an answer ended that is one. */
export interface Finish {
  kind: 'finished';
  finish_reason: 'stop' | 'length' | 'content_filter';
  terminal_reason: string;
  /** The last words, where they stand in no text of the answer. */
  words?: string;
}

/** How a turn ended. `left`: its reader has gone. */
export type TurnEnd = Finish | { kind: 'failed'; code: string; message: string } | { kind: 'left' };

/** The codes that a stream tells of a failed run, by those of the run. */
const CODES: Readonly<Record<string, string>> = {
  agent_auth_failed: 'agent_auth_failed',
  model_overloaded: 'model_overloaded',
  model_unavailable: 'model_overloaded',
  rate_limited: 'rate_limited',
  agent_missing: 'agent_missing',
  agent_stopped: 'agent_stopped',
  host_lost: 'agent_stopped',
  timeout: 'timeout',
  agent_stalled: 'timeout',
  agent_start_timeout: 'timeout',
  expired: 'timeout',
  internal: 'internal',
  store_unavailable: 'internal',
  events_unavailable: 'internal',
};

const TOO_LONG = /prompt is too long|context (length|window)|too many tokens/i;

/** The end of an answer whose agent says that it has finished. */
export const FINISHED: Finish = { kind: 'finished', finish_reason: 'stop', terminal_reason: 'completed' };

/** The end of an answer that goes on when something is decided. */
export const AWAITING: Finish = { kind: 'finished', finish_reason: 'stop', terminal_reason: 'waiting_approval' };

/** What a run whose agent has not finished came to, by what the agent said last and by the record of the run. */
export function endOf({ failure, success }: TurnReading, record: RunRecord): TurnEnd {
  if (success !== undefined) return FINISHED;
  // Its events are not to be read here.
  if (record.status === 'succeeded') return { ...FINISHED, words: record.output ?? '' };
  if (record.status === 'failed' && failure !== undefined) {
    const limited = limitOf(failure);
    if (limited !== undefined) return limited;
  }
  const message = record.error ?? `the run was ${record.status}`;
  return { kind: 'failed', code: codeOf(record, message), message };
}

function codeOf({ error_code, status }: RunRecord, message: string): string {
  if (TOO_LONG.test(message)) return 'context_too_long';
  if (status === 'expired') return 'timeout';
  return error_code === null ? 'agent_stopped' : (CODES[error_code] ?? 'agent_failed');
}

/** A limit that the answer has reached, or a refusal: that is an end, not an error. */
function limitOf({ limit, message }: RunFailure): Finish | undefined {
  if (limit === undefined) return undefined;
  const refused = limit === 'refusal';
  const finish_reason = refused ? 'content_filter' : 'length';
  return { kind: 'finished', finish_reason, terminal_reason: limit, ...(refused && { words: message }) };
}

/** The words of an end that stand in no text of the answer. */
export const lastWords = ({ words = '' }: Finish, { texts, cursor }: TurnReading): Piece[] =>
  words === '' || texts.includes(words) ? [] : [{ kind: 'text', text: words, begins: true, seq: cursor }];
