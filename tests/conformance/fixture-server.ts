import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  SetLevelRequestSchema,
  type CallToolResult,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import fastify from 'fastify';
import { authenticate } from '../../api/auth/authenticate.ts';
import { guard } from '../../api/http/host-check.ts';
import { serveMcp } from '../../api/mcp/routes.ts';
import { loadConfig } from '../../config/index.ts';

/** The smallest picture and sound there are. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=';

type Tell = (notification: ServerNotification) => Promise<void>;
type Content = CallToolResult['content'];

const text = (words: string): Content[number] => ({ type: 'text', text: words });
const image: Content[number] = { type: 'image', data: PNG, mimeType: 'image/png' };
const embedded = (uri: string, mimeType: string, words: string): Content[number] => ({
  type: 'resource',
  resource: { uri, mimeType, text: words },
});

/** What the suite calls, by the names it asks for. */
const TOOLS: Record<string, (tell: Tell, progressToken: string | number) => Promise<Content> | Content> = {
  test_simple_text: () => [text('This is a simple text response for testing.')],
  test_image_content: () => [image],
  test_audio_content: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: () => [
    embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
  ],
  test_multiple_content_types: () => [
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
  ],
  test_tool_with_logging: async (tell) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
      await tell({ method: 'notifications/message', params: { level: 'info', data } });
    return [text('done')];
  },
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  test_tool_with_progress: async (tell, progressToken) => {
    for (const progress of [0, 50, 100])
      await tell({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    return [text(String(progressToken))];
  },
};

function fixtureServer(): Server {
  const server = new Server({ name: 'fixtures', version: '0' }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler(SetLevelRequestSchema, () => ({}));
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(TOOLS).map((name) => ({ name, description: name, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
    try {
      const content = await TOOLS[params.name]?.(extra.sendNotification, extra._meta?.progressToken ?? 0);
      return { content: content ?? [text('there is no such tool')], isError: content === undefined };
    } catch (error) {
      return { isError: true, content: [text((error as Error).message)] };
    }
  });
  return server;
}

const app = fastify();
guard(app, { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] });
await authenticate(app, loadConfig({}));
serveMcp(app, fixtureServer);
process.once('SIGTERM', () => void app.close());
process.stderr.write(`API ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
