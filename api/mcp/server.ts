import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type JSONRPCMessage,
  type Progress,
} from '@modelcontextprotocol/sdk/types.js';
import { inSpan } from '../../telemetry/in-span.ts';
import { showsForms, type Questions } from './questions.ts';
import type { ToolCaller, McpTool } from './tool.ts';

/** For whom an MCP server works, and until when. */
interface Client extends Pick<ToolCaller, 'owner' | 'session' | 'stopping' | 'log'> {
  /** What the caller's token is for. */
  scopes: readonly string[];
  /** Whether it shows forms; undefined where the server hears that from the client itself. */
  forms?: boolean;
}

/** Makes an MCP server for one client; it has no state of its own. */
export type ServerFactory = (client: Client) => Server;

/** What a server is, beside its tools. */
interface ServerTerms {
  version: string;
  /** What it tells a model that uses it. */
  instructions: string;
  /** With them the users of its clients can be asked. */
  questions?: Questions;
}

/** Servers that offer `tools`. */
export function createServers(
  tools: readonly McpTool[],
  { version, instructions, questions }: ServerTerms,
): ServerFactory {
  const listings = tools.map(({ listing }) => listing);
  return (client) => {
    const server = new Server(
      { name: 'agenticore', title: 'agenticore', version },
      { capabilities: { tools: {} }, instructions },
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
      const send = async (message: JSONRPCMessage): Promise<void> =>
        server.transport?.send(message, { relatedRequestId: extra.requestId });
      const asks =
        client.scopes.includes('sessions:write') && (client.forms ?? showsForms(server.getClientCapabilities()));
      const ask: ToolCaller['ask'] = asks ? questions && ((approval) => questions.put(approval, send)) : undefined;
      const caller = { ...client, signal: extra.signal, tell, ask };
      return inSpan(`mcp ${params.name}`, { 'agenticore.tool': params.name }, () =>
        tool.call(params.arguments ?? {}, caller),
      );
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
