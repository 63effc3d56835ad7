import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { halves, type Part, type Reply } from './reply.ts';

/** The tokens of MODEL_USAGE, as this API counts them: what comes from the cache is part of the input. */
const USAGE = {
  input_tokens: 15,
  input_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 20,
};

/** Sends `reply` as the Responses API would, streamed. */
export async function answerResponses(response: ServerResponse, reply: Reply): Promise<void> {
  if ('status' in reply) {
    const { status, error = `scripted error ${status}`, code = null, headers = {} } = reply;
    const body = { error: { type: code ?? 'scripted_error', code, message: error } };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return;
  }
  const id = `resp_${randomUUID()}`;
  const emit = (type: string, data: object): unknown =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  emit('response.created', { response: { id } });
  for (const part of Array.isArray(reply) ? reply : [reply]) {
    if ('hold' in part) await part.hold;
    else if (!('stop' in part))
      for (const [type, data] of eventsOf(part)) {
        emit(type, data);
        if ('held' in part && type === 'response.output_text.delta') await part.held;
      }
  }
  emit('response.completed', { response: { id, usage: USAGE } });
  response.end();
}

type Event = readonly [type: string, data: object];

/** An item as it is streamed: text comes in two deltas. */
function eventsOf(part: Exclude<Part, { hold: unknown } | { stop: unknown }>): Event[] {
  if ('text' in part) {
    const item = { type: 'message', role: 'assistant', id: `msg_${randomUUID()}` };
    const deltas = halves(part.text).map((delta): Event => ['response.output_text.delta', { item_id: item.id, delta }]);
    return around({ ...item, content: [] }, deltas, { ...item, content: [{ type: 'output_text', text: part.text }] });
  }
  if ('thinking' in part) {
    const item = { type: 'reasoning', id: `rs_${randomUUID()}` };
    const at = { item_id: item.id, summary_index: 0 };
    const deltas = halves(part.thinking).map((delta): Event => [
      'response.reasoning_summary_text.delta',
      { ...at, delta },
    ]);
    return around({ ...item, summary: [] }, [['response.reasoning_summary_part.added', at], ...deltas], {
      ...item,
      summary: [{ type: 'summary_text', text: part.thinking }],
    });
  }
  return [['response.output_item.done', { output_index: 0, item: callOf(part) }]];
}

const around = (added: object, deltas: readonly Event[], done: object): Event[] => [
  ['response.output_item.added', { output_index: 0, item: added }],
  ...deltas,
  ['response.output_item.done', { output_index: 0, item: done }],
];

/**
 * A call of Claude's Bash tool is one of Codex's shell; a tool whose input is text takes just that; that of a server is
 * called in the server's namespace.
 */
function callOf({ tool, input }: Extract<Part, { tool: string }>): object {
  const id = { id: `fc_${randomUUID()}`, call_id: `call_${randomUUID()}` };
  if (typeof input === 'string') return { type: 'custom_tool_call', ...id, name: tool, input };
  const [, namespace, name = tool] = /^(mcp__.+?)__(.+)$/.exec(tool) ?? [];
  const of = namespace === undefined ? {} : { namespace };
  if (tool !== 'Bash') return { type: 'function_call', ...id, ...of, name, arguments: JSON.stringify(input) };
  const { command, run_in_background = false } = input as { command: string; run_in_background?: boolean };
  const given = { cmd: command, yield_time_ms: run_in_background ? 250 : 30_000 };
  return { type: 'function_call', ...id, name: 'exec_command', arguments: JSON.stringify(given) };
}
