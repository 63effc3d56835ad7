import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bridge } from '../../../cli/mcp/bridge.ts';

let server: Server;
/** What the server was sent. */
let sent: unknown[];
beforeEach(async () => {
  sent = [];
  server = createServer((request, response) => {
    void json(request).then((message) => {
      sent.push(message);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: (message as { id: number }).id, result: {} }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((settle) => server.close(settle));
});

test('a message ends at LF and nowhere else, wherever it is cut on its way', async () => {
  const input = new PassThrough();
  const answers: string[] = [];
  const { port } = server.address() as AddressInfo;
  const running = bridge({
    find: () => Promise.resolve(`http://127.0.0.1:${port}`),
    headers: {},
    input,
    write: (line) => {
      answers.push(line);
      if (answers.length === 2) input.end();
    },
    tell: () => undefined,
    gone: new AbortController().signal,
  });
  const text = 'one\u2028two\u2029three\u0085four';
  const line = `{"jsonrpc":"2.0",\r"id":1,"method":"ping","params":{"text":"${text}"}}\r\n`;
  const bytes = Buffer.from(line);
  const middle = bytes.indexOf(0xe2) + 1;
  input.write(bytes.subarray(0, middle));
  input.write(bytes.subarray(middle));
  input.write('\n{"jsonrpc":"2.0","id":2,"method":"ping"}\n');
  await running;
  expect(sent).toContainEqual({ jsonrpc: '2.0', id: 1, method: 'ping', params: { text } });
  expect(answers.map((answer) => (JSON.parse(answer) as { id: number }).id).sort()).toEqual([1, 2]);
});
