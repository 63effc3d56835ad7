import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Progress,
} from '@modelcontextprotocol/sdk/types.js';
import { INSTRUCTIONS } from './instructions.ts';
import type { ToolCaller, McpTool } from './tool.ts';

/** For whom an MCP server works, and until when. */
type Client = Pick<ToolCaller, 'owner' | 'session' | 'stopping' | 'log'>;

/** Makes an MCP server for one client; it has no state of its own. */
export type ServerFactory = (client: Client) => Server;

/** Servers that offer `tools`. */
export function createServers(tools: readonly McpTool[], version: string): ServerFactory {
  const listings = tools.map(({ listing }) => listing);
  return (client) => {
    const server = new Server(
      { name: 'agenticore', title: 'agenticore', version },
      { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listings }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      const tool = tools.find(({ listing }) => listing.name === params.name);
      if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `unknown tool ${params.name.slice(0, 200)}`);
      const token = extra._meta?.progressToken;
      const notify = (progress: Progress): Promise<void> =>
        extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken: token ?? 0, ...progress },
        });
      const tell = token === undefined ? undefined : counted(notify);
      return tool.call(params.arguments ?? {}, { ...client, signal: extra.signal, tell });
    });
    return server;
  };
}

/** Progress counts messages: the total is not known. */
function counted(notify: (progress: Progress) => Promise<void>): (message: string) => void {
  let progress = 0;
  return (message) => {
    progress += 1;
    // A caller that has just gone is noticed elsewhere.
    notify({ progress, message }).catch(() => undefined);
  };
}
