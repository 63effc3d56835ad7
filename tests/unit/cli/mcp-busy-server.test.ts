import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { writeServerFile } from '../../../config/server-file.ts';
import { freePort } from '../../support/free-port.ts';
import { CLI } from '../../support/command.ts';

/** Longer than a stranger at the usual place would be waited for. */
const BUSY_MS = 3_000;

const HEALTH = { status: 'ok', service: 'agenticore', version: '0.0.0', ui_url: null, problems: [] };

test('agenticore mcp waits for a busy server of its data directory and starts no second one', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'agenticore-busy-'));
  const server = createServer((request, response) => {
    const answer = request.url === '/health' ? HEALTH : { jsonrpc: '2.0', id: 1, result: { heard: true } };
    const busy = request.url === '/health' ? sleep(BUSY_MS) : Promise.resolve();
    response.setHeader('content-type', 'application/json');
    void busy.then(() => response.end(JSON.stringify(answer)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  writeServerFile(dataDir, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const env = { PATH: process.env.PATH, AGENTICORE_DATA_DIR: dataDir, AGENTICORE_PORT: String(await freePort()) };
  const child = spawn(process.execPath, [CLI, 'mcp'], { env, stdio: 'pipe' });
  try {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ id: 1, result: { heard: true } });
    expect(existsSync(join(dataDir, 'logs', 'serve.log'))).toBe(false);
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
