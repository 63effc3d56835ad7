import type { ToolDisplay } from '../../../contract/http/chat.ts';
import { cutResult, codeWords, fencedBlock, callLine, type ToolResultPiece, type ToolUsePiece } from './tool-text.ts';

/** What a tool call, or its result, is in a frame. */
export interface ToolFrame {
  /** Part of the reasoning, or a block of the answer; absent where it is a status line. */
  reasoning?: string;
  content?: string;
  /** Fields beside the delta. */
  facts: Readonly<Record<string, unknown>>;
  /** Status line of Open WebUI. */
  status?: { description: string; done: boolean };
}

const markOf = (isError: boolean): string => (isError ? '◉ result (error)' : '◉ result');

/** A call of a tool, the way `display` shows it. */
export function toolUseFrame(use: ToolUsePiece, display: ToolDisplay): ToolFrame {
  const { id, name, input, parent_id } = use;
  const facts = {
    x_agenticore_event_type: 'tool_use',
    x_agenticore_tool_name: name,
    x_agenticore_tool_use_id: id,
    x_agenticore_parent_tool_use_id: parent_id,
    x_agenticore_input: input,
  };
  switch (display) {
    case 'reasoning':
      return { reasoning: `\n\n▶ ${name}${codeWords(input)}\n`, facts };
    case 'content':
      return { content: fencedBlock(JSON.stringify(input, undefined, 2) ?? '', `tool_use:${name}`), facts };
    case 'structured':
      return { reasoning: `\n\n▶ ${name}\n`, facts };
    case 'openwebui': {
      const words = callLine(input);
      return { facts, status: { description: words === '' ? name : `${name}: ${words}`, done: false } };
    }
  }
}

/** What a tool has answered, the way `display` shows it; `name` is that of the tool. */
export function toolResultFrame(result: ToolResultPiece, name: string, display: ToolDisplay): ToolFrame {
  const { text, truncated } = cutResult(result);
  const facts = {
    x_agenticore_event_type: 'tool_result',
    x_agenticore_tool_use_id: result.id,
    x_agenticore_is_error: result.is_error,
    x_agenticore_truncated_bytes: truncated,
  };
  switch (display) {
    case 'reasoning':
      return { reasoning: `\n${markOf(result.is_error)}\n${fencedBlock(text)}\n`, facts };
    case 'content':
      return { content: fencedBlock(text, 'tool_result'), facts };
    case 'structured':
      return { reasoning: `${markOf(result.is_error)}\n`, facts: { ...facts, x_agenticore_result: text } };
    case 'openwebui':
      return { facts, status: { description: `${name}: ${result.is_error ? 'failed' : 'done'}`, done: true } };
  }
}
