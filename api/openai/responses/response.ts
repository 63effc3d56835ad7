import type { RunRecord } from '../../../contract/http/run.ts';
import type { ResponseObject, ResponseStatus } from '../../../contract/http/responses.ts';
import type { Usage } from '../../../contract/shared/events.ts';
import type { TurnEnd } from '../render/ending.ts';
import type { TurnReading } from '../render/reading.ts';
import { chatUsage } from '../render/usage.ts';
import { summaryOf } from '../summary.ts';
import type { BegunTurn } from '../turn.ts';
import type { ResponseItems } from './response-items.ts';
import type { ResponseRecord } from './response-records.ts';

/** What a response has come to, as OpenAI's API says it. */
export interface ResponseState {
  status: ResponseStatus;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: string } | null;
}

/** A turn as far as it was read. */
export interface ReadTurn {
  begun: BegunTurn;
  reading: TurnReading;
  items: ResponseItems;
}

/** Id of the response that a run is, and the other way round; undefined for an id that is none. */
export const responseId = (run_id: string): string => `resp_${run_id}`;
export const runOfResponse = (id: string): string | undefined => /^resp_(.+)$/s.exec(id)?.[1];

/** A state of which there is nothing more to tell. */
export const plainState = (status: ResponseStatus): ResponseState => ({
  ...{ status, error: null, incomplete_details: null },
});

/** The state of a response that has. A run that was cancelled is no failure. */
export function endState(end: TurnEnd, run: Pick<RunRecord, 'status'> | undefined): ResponseState {
  if (run?.status === 'cancelled' || run?.status === 'interrupted') return plainState('cancelled');
  if (end.kind === 'failed') {
    const { code, message } = end;
    return { ...plainState('failed'), error: { code, message } };
  }
  if (end.kind === 'left' || end.finish_reason === 'stop') return plainState('completed');
  const reason = end.terminal_reason === 'max_tokens' ? 'max_output_tokens' : end.finish_reason;
  const isLimit = reason === 'length';
  return { ...plainState('incomplete'), incomplete_details: { reason: isLimit ? end.terminal_reason : reason } };
}

/** A response as far as its turn was read. */
export function responseObject(
  record: ResponseRecord,
  { begun, reading, items }: ReadTurn,
  { status, ...state }: ResponseState,
  { store, end }: { store: boolean; end?: TurnEnd | undefined },
): ResponseObject {
  const isOpen = status === 'queued' || status === 'in_progress';
  const terminal_reason = end?.kind === 'finished' ? end.terminal_reason : null;
  return {
    ...usualFields(record),
    ...{ id: responseId(begun.run_id), status, ...state, store, output: items.output },
    usage: isOpen ? null : responseUsage(reading.usage),
    x_agenticore: { ...summaryOf(begun, reading, { terminal_reason }) },
  };
}

/** What all responses have; what an agent cannot heed is said to be as usual. */
export function usualFields(
  record: Omit<ResponseRecord, 'system' | 'show' | 'tool_display' | 'cursor'>,
): Pick<ResponseObject, 'object' | 'created_at' | 'model'> & Record<string, unknown> {
  const { model, created_at, background, instructions, metadata, previous_response_id } = record;
  return {
    ...{ object: 'response', created_at, model, background, instructions, metadata, previous_response_id },
    ...{ max_output_tokens: null, parallel_tool_calls: true, tool_choice: 'auto', tools: [], truncation: 'disabled' },
    ...{ temperature: null, top_p: null, service_tier: null, text: { format: { type: 'text' } } },
    reasoning: { effort: null, summary: null },
  };
}

/** Tokens as clients of the Responses API count them. */
export function responseUsage(usage: Usage): object {
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details, completion_tokens_details } =
    chatUsage(usage);
  return {
    ...{ input_tokens: prompt_tokens, input_tokens_details: prompt_tokens_details },
    ...{ output_tokens: completion_tokens, output_tokens_details: completion_tokens_details, total_tokens },
  };
}
