import { SCOPES, type Scope } from '../auth/caller.ts';
import type { UncheckedMessage } from './running-calls.ts';
import type { McpTool } from './tool.ts';

/** Options of the MCP routes: a token that may read may connect. Each message is checked for the scopes of its tool. */
export const READING = { schema: { hide: true }, config: { scope: 'jobs:read' as Scope } };

/** The scopes that a message, or a batch of messages, needs: also writing, unless the tool is marked as read-only. */
export function scopesOf(tools: readonly McpTool[]): (body: unknown) => readonly Scope[] {
  const reading = new Set<unknown>(
    tools.filter(({ listing }) => listing.annotations?.readOnlyHint === true).map(({ listing }) => listing.name),
  );
  return (body) =>
    [body].flat().every((message) => onlyReads(message as UncheckedMessage, reading)) ? ['jobs:read'] : SCOPES;
}

const onlyReads = (message: UncheckedMessage, reading: ReadonlySet<unknown>): boolean =>
  message?.method !== 'tools/call' || reading.has(message.params?.name);
