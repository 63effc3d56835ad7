/** A tool call the model made in a conversation, with what came back. */
export interface ToolCall {
  id: string;
  name: string;
  input: unknown;
  /** Undefined while there is no result. */
  result: { content: string; is_error: boolean } | undefined;
}

/**
 * What a script decides by: what was asked and what happened so far, all taken from the request, so that a resumed
 * conversation goes on.
 */
export interface Conversation {
  /** The CLI's session id. */
  session: string;
  /** First words of the user, without what the CLI adds. */
  task: string;
  /** Latest words of the user. */
  latest: string;
  calls: ToolCall[];
  /** The texts of the model itself. */
  said: string[];
  /** Everything the model is told before the conversation. */
  system: string;
}

interface Block {
  type?: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  content?: unknown;
  is_error?: boolean;
}

/** Reads the body of a Messages API request. */
export function readConversation(body: Record<string, unknown>): Conversation {
  const messages = (body.messages ?? []) as { role: string; content: unknown }[];
  const blocks = messages.flatMap(({ role, content }) => blocksOf(content).map((block) => ({ role, ...block })));
  const said = blocks
    .filter((block) => block.role === 'user' && block.type === 'text')
    .map((block) => block.text ?? '');
  const words = said.filter((text) => !text.startsWith('<system-reminder>'));
  const results = new Map(
    blocks.filter((block) => block.type === 'tool_result').map((block) => [block.tool_use_id, block]),
  );
  const calls = blocks
    .filter((block) => block.type === 'tool_use')
    .map(({ id = '', name = '', input }) => {
      const found = results.get(id);
      const result = found && { content: textOf(found.content), is_error: found.is_error === true };
      return { id, name, input, result };
    });
  return {
    session: sessionOf(body),
    task: words[0] ?? '',
    latest: words.at(-1) ?? '',
    calls,
    said: blocks.filter(({ role, type }) => role === 'assistant' && type === 'text').map(({ text = '' }) => text),
    system: textOf(body.system),
  };
}

function blocksOf(content: unknown): Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : ((content ?? []) as Block[]);
}

function textOf(content: unknown): string {
  return blocksOf(content)
    .map((block) => block.text ?? '')
    .join('\n');
}

function sessionOf(body: Record<string, unknown>): string {
  const { user_id: user = '' } = (body.metadata ?? {}) as { user_id?: string };
  return /"session_id":"([^"]+)"/.exec(user)?.[1] ?? '';
}
