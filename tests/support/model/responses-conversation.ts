import type { Conversation, ToolCall } from './conversation.ts';

/** An item of the input of a Responses API request. */
interface Item {
  type?: string;
  role?: string;
  content?: unknown;
  call_id?: string;
  name?: string;
  arguments?: string;
  input?: string;
  output?: unknown;
}

/** Words with which Codex begins what it says itself in the name of the user. */
const ADDED = /^(?:<|# AGENTS\.md)/;

/** Reads the body of a Responses API request. A command of its shell reads like one of Claude's Bash tool. */
export function readResponsesConversation(body: Record<string, unknown>): Conversation {
  const items = (Array.isArray(body.input) ? body.input : []) as Item[];
  const told = (role: string): string[] =>
    items.filter((item) => item.role === role).map(({ content }) => textOf(content));
  const words = told('user').filter((text) => !ADDED.test(text));
  const outputs = new Map(
    items.filter(({ output }) => output !== undefined).map((item) => [item.call_id, item.output]),
  );
  return {
    session: typeof body.prompt_cache_key === 'string' ? body.prompt_cache_key : '',
    task: words[0] ?? '',
    latest: words.at(-1) ?? '',
    calls: items.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call').map(callOf(outputs)),
    said: told('assistant'),
    system: [textOf(body.instructions), ...told('developer')].join('\n'),
  };
}

const callOf =
  (outputs: ReadonlyMap<string | undefined, unknown>) =>
  ({ call_id: id = '', name = '', arguments: json, input }: Item): ToolCall => {
    const given: unknown = json === undefined ? input : JSON.parse(json);
    const call =
      name === 'exec_command'
        ? { name: 'Bash', input: { command: (given as { cmd?: string }).cmd } }
        : { name, input: given };
    const result = outputs.has(id) ? resultOf(textOf(outputs.get(id))) : undefined;
    return { id, ...call, result };
  };

const resultOf = (content: string): ToolCall['result'] => ({
  content,
  is_error: /^aborted|rejected by user|exited with code [1-9]/.test(content),
});

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = (Array.isArray(content) ? content : []) as { text?: string }[];
  return parts.map(({ text = '' }) => text).join('\n');
}
