import type { AgentEvent } from '../contract/shared/events.ts';

/** Most bytes of a tool's result in an event: more than the CLIs give their agents. */
const MAX_BYTES = 1024 * 1024;

/** The event for what a tool call gave, with the first 1 MiB of `text` in whole characters. */
export function toolResult(id: string, is_error: boolean, text: string): Extract<AgentEvent, { type: 'tool_result' }> {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return { type: 'tool_result', id, is_error, content: text, truncated_bytes: 0 };
  let end = MAX_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return {
    type: 'tool_result',
    id,
    is_error,
    content: bytes.toString('utf8', 0, end),
    truncated_bytes: bytes.length - end,
  };
}
