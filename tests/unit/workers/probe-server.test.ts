import { afterEach, expect, test } from '@jest/globals';
import { createRegistry } from '../../../telemetry/registry.ts';
import { startProbeServer, type ProbeServer } from '../../../workers/probe-server.ts';

const servers: ProbeServer[] = [];
const start = async (port = 0): Promise<ProbeServer> => {
  const server = await startProbeServer({ host: '127.0.0.1', port, metrics: createRegistry() });
  servers.push(server);
  return server;
};
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

test('readiness answers 503 with each reason why no work is taken', async () => {
  const server = await start();
  const reasons = async (): Promise<unknown> => {
    const response = await fetch(`${server.url}/health/ready`);
    return [response.status, await response.json()];
  };
  expect(await reasons()).toEqual([503, { status: 'not_ready', reasons: ['starting'] }]);
  server.watch(() => Promise.resolve(['not polling', 'Temporal does not answer']));
  expect(await reasons()).toEqual([503, { status: 'not_ready', reasons: ['not polling', 'Temporal does not answer'] }]);
});

test.each([
  ['GET', '/', 404],
  ['GET', '/health', 404],
  ['POST', '/health/live', 405],
  ['HEAD', '/health/live', 200],
  ['GET', '/metrics', 200],
])('%s %s is answered with %i', async (method, path, status) => {
  expect((await fetch(`${(await start()).url}${path}`, { method })).status).toBe(status);
});

test('a port that is taken stops the start, and the error names the settings', async () => {
  const { port } = new URL((await start()).url);
  await expect(start(Number(port))).rejects.toMatchObject({
    type: 'invalid_config',
    message: `Cannot listen on 127.0.0.1:${port} for probes (EADDRINUSE). Correct AGENTICORE_PROBE_HOST and AGENTICORE_PROBE_PORT.`,
  });
});
