import type { LoggedEvent, StreamEvent } from '../../contract/workflow/stream-events.ts';
import type { TraceSubject } from '../../telemetry/langfuse/build-trace.ts';

/** What a job's record says that the events below belong to. */
export const SUBJECT: TraceSubject = {
  ...{ name: 'job', status: 'succeeded', owner: 'ann', profile: 'code', agent: 'claude' },
  ...{ repo_url: 'https://user:pass@git.example.org/acme/app.git', session_id: 'session-1', pr_url: 'https://pr/7' },
  ...{ problem: null, attempt: 2, disk: 'disk' },
  spent: {
    usage: { input_tokens: 60, output_tokens: 30, cache_read_tokens: 12, cache_creation_tokens: 6 },
    cost_usd: 0.75,
  },
  ...{ started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:01:00.000Z' },
};

const call = { input_tokens: 10, output_tokens: 5, cache_read_tokens: 2, cache_creation_tokens: 1 };
const sum = { input_tokens: 40, output_tokens: 20, cache_read_tokens: 8, cache_creation_tokens: 4 };
const started = { session_id: 'session-1', resumed: false, tools: [], version: '1' };

/** Two answers of agents: the first is cut off after two calls, the second has three calls and a subagent's tokens. */
const told: StreamEvent[] = [
  { type: 'stage', stage: 'running_agent', host: 'a' },
  { type: 'run_started', attempt: 1 },
  { type: 'user_message', id: 'm1', text: 'the secret task', truncated_bytes: 0 },
  { type: 'started', model: 'claude-x', ...started },
  { type: 'model_call', usage: call, cost_usd: null },
  { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'make' }, parent_id: null },
  { type: 'tool_result', id: 't1', is_error: true, content: 'no rule', truncated_bytes: 0 },
  { type: 'model_call', usage: call, cost_usd: null },
  { type: 'tool_use', id: 't2', name: 'Task', input: { prompt: 'look' }, parent_id: null },
  { type: 'run_started', attempt: 2 },
  { type: 'user_message', id: 'm2', text: 'go on', truncated_bytes: 0 },
  { type: 'started', model: 'claude-x', ...started, resumed: true },
  { type: 'tool_use', id: 't3', name: 'Task', input: { prompt: 'look' }, parent_id: null },
  { type: 'tool_use', id: 't4', name: 'Read', input: { file: 'a' }, parent_id: 't3' },
  { type: 'tool_result', id: 't4', is_error: false, content: 'text of a', truncated_bytes: 0 },
  { type: 'tool_result', id: 't3', is_error: false, content: 'seen', truncated_bytes: 0 },
  { type: 'model_call', usage: call, cost_usd: null },
  { type: 'text', text: 'the secret answer' },
  { type: 'model_call', usage: call, cost_usd: null },
  {
    type: 'run_ended',
    result: {
      ...{ status: 'succeeded', session_id: 'session-1', text: 'the secret answer', num_turns: 2 },
      ...{ usage: sum, cost_usd: 0.75 },
    },
  },
  { type: 'stage', stage: 'delivering', host: 'a' },
  { type: 'ended', status: 'succeeded' },
];

export const EVENTS: readonly LoggedEvent[] = told.map((event, index) => ({
  seq: index + 1,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, index + 1)).toISOString(),
  run: 1,
  event,
}));
