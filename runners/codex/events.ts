import type { AgentEvent } from '../../contract/shared/events.ts';
import { toolResult } from '../tool-result.ts';
import type { ServerMessage, ThreadItem } from './protocol.ts';
import { readScript } from './shell-script.ts';

/** A tool call as people see it. */
export interface ToolUse {
  name: string;
  input: unknown;
}

/**
 * What a notification means while its turn goes on. Kinds that say nothing to the user, and unknown ones, give no
 * event. A text whose stream broke off has deltas and no end: it comes again, or was not said.
 */
export function toEvents(message: ServerMessage): AgentEvent[] {
  switch (message.method) {
    case 'item/agentMessage/delta':
      return message.params.delta === '' ? [] : [{ type: 'text_delta', text: message.params.delta }];
    case 'item/reasoning/summaryTextDelta':
      return message.params.delta === '' ? [] : [{ type: 'thinking_delta', text: message.params.delta }];
    case 'item/started':
      return fromStarted(message.params.item);
    case 'item/completed':
      return fromCompleted(message.params.item);
    default:
      return [];
  }
}

function fromStarted(item: ThreadItem): AgentEvent[] {
  const call = callOf(item);
  return call === undefined ? [] : [{ type: 'tool_use', id: item.id, ...call, parent_id: null }];
}

function fromCompleted(item: ThreadItem): AgentEvent[] {
  if (item.type === 'agentMessage') return item.text === '' ? [] : [{ type: 'text', text: item.text }];
  if (item.type === 'reasoning')
    return item.summary.length === 0 ? [] : [{ type: 'thinking', text: item.summary.join('\n\n') }];
  if (callOf(item) === undefined) return [];
  const { isError, text } = outcomeOf(item);
  return [toolResult(item.id, isError, text)];
}

/** The call that an item stands for; undefined where it is none. */
export function callOf(item: ThreadItem): ToolUse | undefined {
  switch (item.type) {
    case 'commandExecution':
      return commandOf(item);
    case 'fileChange':
      return { name: 'apply_patch', input: { changes: item.changes } };
    case 'mcpToolCall':
      return { name: `mcp__${item.server}__${item.tool}`, input: item.arguments };
    case 'webSearch':
      return { name: 'web_search', input: { query: item.query } };
    default:
      return undefined;
  }
}

/** The call that runs `command`, as the CLI names it. */
export const commandOf = ({ command, cwd }: { command: string; cwd: string }): ToolUse => ({
  name: 'exec_command',
  input: { command: withoutShell(command), cwd },
});

/** The script that the CLI gives to a shell. */
export function withoutShell(command: string): string {
  const [[shell = '', option = '', script, ...more] = []] = readScript(command).commands;
  const isScript = shell.endsWith('sh') && /^-l?c$/.test(option) && more.length === 0;
  return isScript && script !== undefined ? script : command;
}

function outcomeOf(item: ThreadItem): { isError: boolean; text: string } {
  if (item.type === 'commandExecution') {
    const isError = item.status !== 'completed' || item.exitCode !== 0;
    return { isError, text: item.aggregatedOutput ?? (item.status === 'declined' ? 'It was not allowed.' : '') };
  }
  if (item.type === 'mcpToolCall') {
    const parts = (item.result?.content ?? []) as { type?: string; text?: string }[];
    const text = item.error?.message ?? parts.map((part) => part.text ?? `[${part.type ?? 'unknown'}]`).join('\n');
    return { isError: item.status !== 'completed', text };
  }
  if (item.type === 'fileChange') return { isError: item.status !== 'completed', text: item.status };
  return { isError: false, text: '' };
}
