import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../../config/index.ts';
import { freePort } from '../../support/free-port.ts';
import { runCli } from '../../support/cli.ts';

/** An address at which nothing listens. */
const deadUrl = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

describe('without a server', () => {
  test.each([
    ['jobs'],
    ['run', 'fix it'],
    ['submit', 'fix it'],
    ['logs', 'abcd', '-f'],
    ['cancel', 'abcd'],
    ['status'],
  ])('%s %s exits 2 and says how to start a server', async (...args) => {
    const url = await deadUrl();
    const { code, stdout, stderr } = await runCli(url, args);
    expect(stderr).toContain(`No agenticore server answers at ${url}`);
    expect(stderr).toContain('Start one: agenticore serve');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('--json prints the error in the shape of the API', async () => {
    const { code, stdout } = await runCli(await deadUrl(), ['jobs', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ success: false, code: 'no_server' });
    expect(code).toBe(2);
  });

  test('a server that is not agenticore is reported as such', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { code, stderr } = await runCli(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, ['jobs']);
    await once(server.close(), 'close');
    expect(stderr).toContain('is not agenticore, or is another version of it (HTTP 200)');
    expect(code).toBe(2);
  });
});

describe('a wrong command line', () => {
  test.each([
    [['jbos'], 'Did you mean jobs?'],
    [['run'], "missing required argument 'task'"],
    [['run', 'fix', 'it'], 'too many arguments'],
    [['jobs', '--limit', 'x'], 'whole number'],
    [['jobs', '--nonsense'], "unknown option '--nonsense'"],
    [['job', 'x'], 'at least its first 4 characters'],
    [['jobs', '--url', 'ftp://x'], 'must be an http or https URL'],
    [['submit', 'x', '--idempotency-key', 'ä'], 'idempotency key'],
  ])('%j exits 2 with one or two lines of explanation', async (args, why) => {
    const { code, stdout, stderr } = await runCli('http://127.0.0.1:1', args);
    expect(stderr).toContain(why);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

test('--host and --port of serve override the environment and are checked like it', async () => {
  const env = { AGENTICORE_PORT: '1', AGENTICORE_HOST: 'x' };
  const { code, stderr } = await runCli('', ['serve', '--port', 'many'], { env });
  expect(stderr).toContain('AGENTICORE_PORT in the environment must be a whole number from 0 to 65535, not "many"');
  expect(code).toBe(2);
});

test('agenticore without arguments prints the help with the exit codes and exits 0', async () => {
  const { code, stdout } = await runCli('', []);
  expect(stdout).toContain('Usage: agenticore');
  expect(stdout).toContain('Exit codes:');
  expect(code).toBe(0);
});

test('version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  expect((await runCli('', ['version'])).stdout).toBe(`${version}\n`);
  expect(JSON.parse((await runCli('', ['version', '--json'])).stdout)).toEqual({ version });
});

test('temporal gets all arguments unchanged and the address of Temporal, and its exit code is returned', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-temporal-'));
  const program = join(dir, 'temporal');
  await writeFile(
    program,
    `#!/bin/sh
[ "$*" = --version ] && exec echo 'temporal version 1.5.1 (Server 1.29.1)'
echo "$TEMPORAL_ADDRESS"
printf '%s\\n' "$@"
exit 7
`,
  );
  await chmod(program, 0o755);
  const env = { AGENTICORE_DATA_DIR: dir, AGENTICORE_TEMPORAL_BINARY: program, TEMPORAL_ADDRESS: 'temporal.test:7233' };
  const { code, stdout } = await runCli(
    '',
    ['temporal', '--output', 'json', 'workflow', 'list', '--help', '--', '-x y', '--json'],
    { env },
  );
  await rm(dir, { recursive: true });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'temporal.test:7233',
    '--output',
    'json',
    'workflow',
    'list',
    '--help',
    '--',
    '-x y',
    '--json',
  ]);
  expect(code).toBe(7);
});
