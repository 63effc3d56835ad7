#!/usr/bin/env node
// Runs the MCP conformance suite against the built product, and against fixtures behind the product's transport. Fails
// on anything that tests/conformance/*.yml does not expect. The suite needs Node 22, which comes from npm.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SUITE = ['-y', '-p', 'node@22', '-p', '@modelcontextprotocol/conformance@0.1.16', '--', 'conformance', 'server'];
const folder = mkdtempSync(join(tmpdir(), 'agenticore-conformance-'));

const product = {
  name: 'product',
  baseline: 'conformance.yml',
  args: [join(root, 'dist', 'program', 'agenticore.js'), 'serve', '--no-worker'],
  env: { AGENTICORE_DATA_DIR: join(folder, 'data'), AGENTICORE_PORT: '0', AGENTICORE_LOG_LEVEL: 'warn' },
};
const fixtures = {
  name: 'fixtures',
  baseline: 'conformance-fixtures.yml',
  args: ['--import', 'tsx', join(root, 'tests', 'conformance', 'fixture-server.ts')],
  env: {},
};

try {
  for (const subject of [product, fixtures]) {
    console.log(`\n=== ${subject.name}`);
    await check(subject);
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function check({ name, baseline, args, env }) {
  const server = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  try {
    const url = await addressOf(server, ended);
    const files = ['--expected-failures', join(root, 'tests', 'conformance', baseline), '-o', join(folder, name)];
    const suite = spawn('npx', [...SUITE, '--url', `${url}/mcp`, ...files], { cwd: folder, stdio: 'inherit' });
    const [code] = await once(suite, 'exit');
    process.exitCode ||= code ?? 1;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** What the server says that it listens at. */
async function addressOf({ stderr }, ended) {
  let said = '';
  stderr.setEncoding('utf8').on('data', (text) => (said += text));
  for (;;) {
    const url = /API +(http:\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
    const heard = await Promise.race([once(stderr, 'data'), ended.then(() => undefined)]);
    if (heard === undefined) throw new Error(`the server ended before it was ready:\n${said}`);
  }
}
