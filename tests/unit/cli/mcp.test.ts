import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { json } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CLI } from '../../support/command.ts';

interface Sent {
  id?: number;
  method?: string;
}

/** What the server does with a message. */
type Answer = (message: Sent, response: ServerResponse, request: IncomingMessage) => void;

let answer: Answer;
const server = createServer((incoming, response) => {
  void json(incoming).then(
    (message) => answer(message as Sent, response, incoming),
    () => response.end(),
  );
});
let child: ChildProcessByStdio<Writable, Readable, Readable>;
let lines: Interface;
/** What it says, line by line; several may come at once. */
let said: AsyncIterator<string>;

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const send = (message: unknown): void =>
  void child.stdin.write(typeof message === 'string' ? `${message}\n` : `${JSON.stringify(message)}\n`);
const next = async (): Promise<unknown> => JSON.parse((await said.next()).value as string);
const ended = async (): Promise<number | null> => ((await once(child, 'close')) as [number | null])[0];

const result = (response: ServerResponse, { id }: Sent, value: object): void => {
  response.setHeader('content-type', 'text/event-stream');
  response.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: value })}\n\n`);
};

beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const env = {
    PATH: process.env.PATH,
    AGENTICORE_TRANSPORT: 'stdio',
    AGENTICORE_URL: url(),
    AGENTICORE_API_KEY: 'key',
  };
  child = spawn(process.execPath, [CLI], { env, stdio: 'pipe' });
  lines = createInterface(child.stdout);
  said = lines[Symbol.asyncIterator]();
});
afterEach(async () => {
  child.kill('SIGKILL');
  server.closeAllConnections();
  await new Promise((settle) => server.close(settle));
});

describe('AGENTICORE_TRANSPORT=stdio without a command', () => {
  test('passes messages on with the key and the session of the server', async () => {
    const seen: IncomingMessage['headers'][] = [];
    answer = (message, response, { headers }) => {
      seen.push(headers);
      response.setHeader('mcp-session-id', 'one');
      result(response, message, { protocolVersion: '2025-11-25' });
    };
    send({ jsonrpc: '2.0', id: 1, method: 'initialize' });
    expect(await next()).toMatchObject({ id: 1, result: { protocolVersion: '2025-11-25' } });
    send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    expect(await next()).toMatchObject({ id: 2 });
    expect(seen[0]).toMatchObject({ 'x-api-key': 'key' });
    expect(seen[1]).toMatchObject({ 'mcp-session-id': 'one', 'mcp-protocol-version': '2025-11-25' });
  });

  test('answers a line that is not JSON with a parse error, and continues', async () => {
    answer = (message, response) => result(response, message, {});
    send('hello');
    expect(await next()).toMatchObject({ id: null, error: { code: -32700 } });
    send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(await next()).toMatchObject({ id: 1, result: {} });
  });

  test('answers a call with an error when the server stops in the middle of it', async () => {
    answer = (_message, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n', () =>
        response.destroy(),
      );
    };
    send({ jsonrpc: '2.0', id: 5, method: 'tools/call' });
    expect(await next()).toMatchObject({ method: 'notifications/progress' });
    expect(await next()).toMatchObject({ id: 5, error: { message: expect.any(String) } });
  });

  test('passes the error of the server on to the client', async () => {
    answer = (_message, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no such key"}}');
    };
    send({ jsonrpc: '2.0', id: 6, method: 'initialize' });
    expect(await next()).toMatchObject({ id: 6, error: { message: 'no such key' } });
  });

  test.each<[string, () => void]>([
    ['a cancelled call', () => send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } })],
    ['the end of stdin', () => void child.stdin.end()],
    ['the death of the process', () => void child.kill('SIGKILL')],
  ])('%s closes the connection to the server', async (_what, leave) => {
    const hungUp = new Promise<void>((settle) => {
      answer = (_message, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        response.once('close', settle);
        leave();
      };
    });
    send({ jsonrpc: '2.0', id: 7, method: 'tools/call' });
    await hungUp;
  });

  test('exits without output when stdin ends', async () => {
    child.stdin.end();
    expect(await ended()).toBe(0);
    expect((await said.next()).done).toBe(true);
  });

  test('exits when its output is closed', async () => {
    answer = (message, response) => result(response, message, {});
    lines.close();
    child.stdout.destroy();
    send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    await ended();
  });
});
