import type { ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';

/**
 * One thing the model says or does. `hold` stops the answer in the middle until the promise settles; `held` stops it
 * after the first half of a text.
 */
export type Part =
  | { text: string; held?: Promise<unknown> }
  | { thinking: string }
  | { tool: string; input: unknown }
  /** Why the answer ends, in place of its end (Messages API only). */
  | { stop: 'refusal' | 'max_tokens' }
  | { hold: Promise<unknown> };

/** One answer of the model: parts of one message, or an HTTP error. */
export type Reply = Part | Part[] | { status: number; error?: string; code?: string; headers?: Record<string, string> };

/** Tokens every answer claims to have cost. */
const MODEL_USAGE = {
  input_tokens: 10,
  output_tokens: 5,
  cache_read_input_tokens: 3,
  cache_creation_input_tokens: 2,
};

const ERROR_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** Sends `reply` as the API would, streamed unless the request does not want that. */
export async function answer(response: ServerResponse, request: Record<string, unknown>, reply: Reply): Promise<void> {
  if ('status' in reply) {
    const { status, error = `scripted error ${status}`, headers = {} } = reply;
    const body = { type: 'error', error: { type: ERROR_TYPES[status] ?? 'api_error', message: error } };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return;
  }
  const parts = Array.isArray(reply) ? reply : [reply];
  const message = {
    id: `msg_${randomUUID()}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    stop_sequence: null,
  };
  if (request.stream === true) await stream(response, message, parts);
  else await sendWhole(response, message, parts);
}

function stopReason(parts: Part[]): string {
  const given = parts.find((part) => 'stop' in part);
  return given?.stop ?? (parts.some((part) => 'tool' in part) ? 'tool_use' : 'end_turn');
}

async function stream(response: ServerResponse, message: object, parts: Part[]): Promise<void> {
  const emit = (type: string, data: object): unknown =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  emit('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...MODEL_USAGE, output_tokens: 1 } },
  });
  let index = 0;
  for (const part of parts) {
    if ('hold' in part) {
      await part.hold;
      continue;
    }
    if ('stop' in part) continue;
    const { block, deltas } = pieces(part);
    emit('content_block_start', { index, content_block: block });
    for (const [at, delta] of deltas.entries()) {
      if (at > 0 && 'held' in part) await part.held;
      emit('content_block_delta', { index, delta });
    }
    emit('content_block_stop', { index });
    index++;
  }
  emit('message_delta', {
    delta: { stop_reason: stopReason(parts), stop_sequence: null },
    usage: { output_tokens: MODEL_USAGE.output_tokens },
  });
  emit('message_stop', {});
  response.end();
}

/** A block as it starts, and what is streamed into it: text comes in two deltas. */
function pieces(part: Exclude<Part, { hold: unknown } | { stop: unknown }>): { block: object; deltas: object[] } {
  if ('text' in part) {
    const deltas = halves(part.text).map((text) => ({ type: 'text_delta', text }));
    return { block: { type: 'text', text: '' }, deltas };
  }
  if ('thinking' in part) {
    const deltas = halves(part.thinking).map((thinking) => ({ type: 'thinking_delta', thinking }));
    return {
      block: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...deltas, { type: 'signature_delta', signature: 'c2ln' }],
    };
  }
  const block = { type: 'tool_use', id: `toolu_${randomUUID()}`, name: part.tool, input: {} };
  return { block, deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(part.input) }] };
}

/** A text in two parts, as it is streamed. */
export function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

async function sendWhole(response: ServerResponse, message: object, parts: Part[]): Promise<void> {
  for (const part of parts) if ('hold' in part) await part.hold;
  const content = parts.flatMap((part): object[] => {
    if ('text' in part) return [{ type: 'text', text: part.text }];
    if ('tool' in part) return [{ type: 'tool_use', id: `toolu_${randomUUID()}`, name: part.tool, input: part.input }];
    return [];
  });
  const body = { ...message, content, stop_reason: stopReason(parts), usage: MODEL_USAGE };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
