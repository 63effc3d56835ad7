import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Api } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());
afterEach(async () => {
  await expect(api.get('/health')).resolves.toMatchObject({ status: 200 });
});

const POST = 'POST /jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

/** What is answered to these bytes on a connection that then stays open and silent. */
async function answerTo(sent: string): Promise<{ status: number; body: unknown }> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(head.split(' ', 2)[1]), body: JSON.parse(body) as unknown };
}

test('a request whose headers or body never come to an end is answered 408', async () => {
  const answers = await Promise.all([
    answerTo('GET /jobs HTTP/1.1\r\nhost: localhost\r\nx-slow: '),
    answerTo(`${POST}content-length: 100\r\n\r\n{"task":"x`),
  ]);
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 408, body: { success: false, code: 'request_timeout' } });
});

test('a body of 50 MiB is refused with 413 before it has come', async () => {
  const head = `${POST}connection: close\r\ncontent-length: ${50 * 1024 * 1024}\r\n\r\n`;
  expect(await answerTo(`${head}{"task":"`)).toMatchObject({
    status: 413,
    body: { success: false, code: 'payload_too_large' },
  });
});

test.each(['/jobs', '/plans', '/worktrees', '/mcp', '/messages'])(
  'a client that writes 8 MiB to %s before it reads hears that this is too much',
  async (path) => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const headers = `host: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
    for (const connection of ['keep-alive', 'close']) {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.pause();
      socket.write(`POST ${path} HTTP/1.1\r\n${headers}connection: ${connection}\r\n\r\n`);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.write(body, () => resolve());
      });
      const [head = '', reply = ''] = (await text(socket)).split('\r\n\r\n');
      expect(head).toContain('HTTP/1.1 413');
      expect(reply).toContain('payload_too_large');
    }
  },
);

describe('of a field that stands there twice', () => {
  const [good, bad] = ['"repo_url":"https://github.com/a/b"', '"repo_url":"file:///etc"'];

  test('the last is what is checked', async () => {
    const answer = await api.post(`{"task":"x",${good},${bad}}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('and what the job gets', async () => {
    const { status, body } = await api.post(`{"task":"x",${bad},${good}}`);
    expect({ status, ...body }).toMatchObject({ status: 202, job: { repo_url: 'https://github.com/a/b' } });
  });
});
