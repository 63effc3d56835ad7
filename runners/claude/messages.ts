/**
 * The lines of Claude Code's stream-json output, as far as they are used. Every field may be missing: other versions
 * write other lines.
 */
export interface ClaudeMessage {
  type?: string;
  subtype?: string;
  // lines of a transcript
  uuid?: string;
  parent_tool_use_id?: string | null;
  session_id?: string;
  // system/init
  model?: string;
  tools?: string[];
  claude_code_version?: string;
  mcp_servers?: { name: string; status?: string }[];
  // system/status, system/task_notification
  status?: string;
  // system/background_tasks_changed
  tasks?: { task_id?: string; task_type?: string; description?: string }[];
  // system/task_started, system/task_notification
  task_id?: string;
  tool_use_id?: string;
  // system/api_retry
  attempt?: number;
  error_status?: number | null;
  error?: string;
  // stream_event
  event?: {
    type?: string;
    delta?: { type?: string; text?: string; thinking?: string };
    /** `message_start` has what was read, `message_delta` what was written, or both. */
    message?: { usage?: Record<string, unknown> };
    usage?: Record<string, unknown>;
  };
  // assistant, user
  message?: { model?: string; stop_reason?: string | null; content?: string | ClaudeBlock[] };
  // command_lifecycle
  command_uuid?: string;
  state?: string;
  // control_request, control_cancel_request
  request_id?: string;
  request?: { subtype?: string; tool_name?: string; tool_use_id?: string; input?: unknown };
  // control_response
  response?: { response?: { mcpServers?: { name: string; status?: string }[] } };
  // rate_limit_event
  rate_limit_info?: { status?: string; resetsAt?: number; rateLimitType?: string };
  // result
  is_error?: boolean;
  result?: string;
  stop_reason?: string | null;
  errors?: string[];
  api_error_status?: number | null;
  num_turns?: number;
  total_cost_usd?: number;
  usage?: Record<string, unknown>;
  model_usage_since_last_result?: Record<string, { costUSD?: number }>;
}

export interface ClaudeBlock {
  type?: string;
  text?: string;
  thinking?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  is_error?: boolean;
  content?: string | ClaudeBlock[];
}

/** A line as a message; undefined for what is no JSON object. */
export function parseMessage(line: string): ClaudeMessage | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The blocks of a message's content, whichever way it is written. */
export function blocksOf(content: string | ClaudeBlock[] | undefined): ClaudeBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content : [];
}
