import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { untilIdle } from '../../../api/http/idle.ts';
import { until } from '../../support/until.ts';

let server: Server;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => void server.close());

test('a server with an open job is not idle, however long nothing is asked of it', async () => {
  let looks = 0;
  let isBusy = true;
  const idle = untilIdle(server, 20, () => {
    looks += 1;
    return Promise.resolve(isBusy);
  });
  await until(() => looks >= 3);
  isBusy = false;
  await idle;
  expect(looks).toBeGreaterThan(3);
});

test('a server that cannot ask for open jobs is not idle', async () => {
  let looks = 0;
  await untilIdle(server, 20, () => ((looks += 1) < 3 ? Promise.reject(new Error('down')) : Promise.resolve(false)));
  expect(looks).toBe(3);
});
