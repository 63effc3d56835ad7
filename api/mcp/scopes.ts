import { SCOPES, type Scope } from '../auth/caller.ts';
import { isAnswer } from './questions.ts';
import type { UncheckedMessage } from './running-calls.ts';
import type { McpTool } from './tool.ts';

/** Options of the MCP routes: a token that may read may connect. Each message is checked for the scopes of its tool. */
export const READING = { schema: { hide: true }, config: { scopes: ['jobs:read', 'sessions:read'] as Scope[] } };

/**
 * The scopes that a message, or a batch of messages, needs: those of the tools that it calls. A tool that is not marked
 * as read-only needs writing besides; one that there is not needs all. An answer to a question decides an approval.
 */
export function scopesOf(tools: readonly McpTool[]): (body: unknown) => readonly Scope[] {
  const needed = new Map<unknown, readonly Scope[]>(
    tools.map(({ listing, subject }) => [
      listing.name,
      listing.annotations?.readOnlyHint === true ? [`${subject}:read`] : [`${subject}:read`, `${subject}:write`],
    ]),
  );
  const scopesOfMessage = (message: UncheckedMessage): readonly Scope[] => {
    if (isAnswer(message)) return ['sessions:write'];
    return message?.method === 'tools/call' ? (needed.get(message.params?.name) ?? SCOPES) : [];
  };
  return (body) => [...new Set([body].flat().flatMap((message) => scopesOfMessage(message as UncheckedMessage)))];
}
