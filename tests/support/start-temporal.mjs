// jest's globalSetup of the tests with a Temporal server: starts the one that all tests of a run share. It ends with
// this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export default async function startTemporal() {
  // A session of its own: Ctrl-C must not end it before the tests that use it.
  const server = spawn(process.execPath, ['--import', 'tsx', join(here, 'temporal-server.ts')], {
    cwd: dirname(dirname(here)),
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = once(createInterface(server.stdout), 'line').then(([said]) => said);
  const said = await Promise.race([line, once(server, 'exit').then(() => undefined)]);
  if (said === undefined) throw new Error('The Temporal server that the tests share does not start.');
  process.env.AGENTICORE_TEST_TEMPORAL = said;
  for (const each of [server, server.stdin, server.stdout]) each.unref();
}
