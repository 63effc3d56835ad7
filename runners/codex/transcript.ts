import type { Said } from '../../contract/shared/said.ts';
import { toolResult } from '../tool-result.ts';

/** A line of a rollout, as far as it is used. */
interface Line {
  type?: string;
  payload?: {
    type?: string;
    role?: string;
    content?: { text?: string }[] | null;
    summary?: { text?: string }[];
    call_id?: string;
    id?: string;
    name?: string;
    arguments?: string;
    input?: unknown;
    output?: unknown;
  };
}

/** What the agent said and called according to its rollout, which keeps calls as the model made them. */
export const saidInTranscript = (lines: readonly string[]): Said[] => lines.flatMap(parseLine).flatMap(fromLine);

function parseLine(line: string): Line[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? [parsed] : [];
  } catch {
    return [];
  }
}

function fromLine({ type, payload = {} }: Line): Said[] {
  if (type !== 'response_item') return [];
  const { call_id: id = payload.id ?? '', name = payload.type ?? '' } = payload;
  switch (payload.type) {
    case 'message':
      return payload.role === 'assistant' ? words('text', payload.content ?? [], '') : [];
    case 'reasoning':
      return words('thinking', payload.summary ?? [], '\n\n');
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'web_search_call':
      return [{ type: 'tool_use', id, name, input: payload.arguments ?? payload.input ?? null, parent_id: null }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [toolResult(id, false, typeof payload.output === 'string' ? payload.output : '')];
    default:
      return [];
  }
}

function words(type: 'text' | 'thinking', parts: readonly { text?: string }[], between: string): Said[] {
  const text = parts.map((part) => part.text ?? '').join(between);
  return text === '' ? [] : [{ type, text }];
}
