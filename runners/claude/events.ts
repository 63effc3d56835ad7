import type { AgentEvent } from '../../contract/shared/events.ts';
import { toolResult } from '../tool-result.ts';
import { blocksOf, type ClaudeBlock, type ClaudeMessage } from './messages.ts';

/**
 * What a message of the CLI means while its turn goes on. Kinds that say nothing to the user, and unknown ones, give no
 * event.
 */
export function toEvents(message: ClaudeMessage, resumed: boolean): AgentEvent[] {
  switch (message.type) {
    case 'system':
      return fromSystem(message, resumed);
    case 'stream_event':
      return message.parent_tool_use_id == null ? fromDelta(message.event?.delta) : [];
    case 'assistant':
      return fromAssistant(message);
    case 'control_request':
      return fromRequest(message);
    case 'control_cancel_request':
      return [{ type: 'approval_resolved', id: message.request_id ?? '', decision: 'cancelled' }];
    case 'user':
      return blocksOf(message.message?.content)
        .filter((block) => block.type === 'tool_result')
        .map(fromResult);
    default:
      return [];
  }
}

function fromSystem(message: ClaudeMessage, resumed: boolean): AgentEvent[] {
  if (message.subtype === 'init') {
    const { session_id = '', model = '', tools = [], claude_code_version: version = '' } = message;
    return [{ type: 'started', session_id, model, resumed, tools, version }, ...missingServers(message)];
  }
  if (message.subtype === 'api_retry') {
    const reason = [message.error ?? 'error', message.error_status].filter((part) => part != null).join(' ');
    return [{ type: 'retrying', reason, attempt: message.attempt ?? 1 }];
  }
  return [];
}

/** The CLI goes on without a server that it cannot use. */
function missingServers({ mcp_servers: servers = [] }: ClaudeMessage): AgentEvent[] {
  return servers
    .filter(({ status }) => status === 'failed' || status === 'needs-auth')
    .map(({ name, status }) => {
      const reason = status === 'failed' ? 'did not start or answer' : 'needs a login';
      return { type: 'warning', message: `The MCP server ${name} ${reason}, so the agent worked without its tools.` };
    });
}

function fromRequest({ request_id: id = '', request }: ClaudeMessage): AgentEvent[] {
  if (request?.subtype !== 'can_use_tool') return [];
  const { tool_name: name = '', tool_use_id = '', input } = request;
  return [{ type: 'approval_requested', id, tool_use_id, name, input }];
}

function fromDelta(delta: { type?: string; text?: string; thinking?: string } | undefined): AgentEvent[] {
  if (delta?.type === 'text_delta' && delta.text) return [{ type: 'text_delta', text: delta.text }];
  if (delta?.type === 'thinking_delta' && delta.thinking) return [{ type: 'thinking_delta', text: delta.thinking }];
  return [];
}

function fromAssistant({ message, parent_tool_use_id: parent = null }: ClaudeMessage): AgentEvent[] {
  // The CLI's own words about an error of the API: they come again, as the reason of the failure.
  if (message?.model === '<synthetic>') return [];
  return blocksOf(message?.content).flatMap((block): AgentEvent[] => {
    if (block.type === 'tool_use') {
      return [{ type: 'tool_use', id: block.id ?? '', name: block.name ?? '', input: block.input, parent_id: parent }];
    }
    // What a subagent says is for the agent that asked it.
    if (parent !== null) return [];
    if (block.type === 'text' && block.text) return [{ type: 'text', text: block.text }];
    if (block.type === 'thinking' && block.thinking) return [{ type: 'thinking', text: block.thinking }];
    return [];
  });
}

const fromResult = (block: ClaudeBlock): AgentEvent =>
  toolResult(block.tool_use_id ?? '', block.is_error === true, textOf(block.content));

function textOf(content: ClaudeBlock['content']): string {
  return blocksOf(content)
    .map((block) => block.text ?? `[${block.type ?? 'unknown'}]`)
    .join('\n');
}
