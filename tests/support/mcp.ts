import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult, ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { CLI } from './command.ts';

/** Every way to the MCP server of the API at a URL. */
export const TRANSPORTS = {
  'streamable HTTP': (url: string): Transport => new StreamableHTTPClientTransport(new URL(`${url}/mcp`)),
  'legacy SSE': (url: string): Transport => new SSEClientTransport(new URL(`${url}/sse`)),
  stdio: (url: string): Transport => {
    const env = { PATH: process.env.PATH ?? '', AGENTICORE_URL: url };
    return new StdioClientTransport({ command: process.execPath, args: [CLI, 'mcp'], env });
  },
};

/** A connected client of the SDK. */
export async function connectMcp(transport: Transport, capabilities: ClientCapabilities = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' }, { capabilities });
  await client.connect(transport);
  return client;
}

export interface ToolAnswer {
  isError: boolean;
  /** The structured content; for an error what the text says. */
  body: Record<string, unknown> & { job: JobRecord };
}

/** Calls a tool; the client holds its answer against the schema that the tool names. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  options: RequestOptions = {},
): Promise<ToolAnswer> {
  const result = (await client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
  const [block] = result.content;
  const text = JSON.parse(block?.type === 'text' ? block.text : '') as ToolAnswer['body'];
  return { isError: result.isError === true, body: text };
}
