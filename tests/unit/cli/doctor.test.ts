import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { needs } from '../../support/needs.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';
import { TestRedis } from '../../support/redis.ts';
import { runCli } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';

let data: ProfileFolder;
let bin: string;
beforeEach(() => {
  data = createProfileFolder();
  bin = join(data.root, 'bin');
  mkdirSync(bin);
  program('temporal', "echo 'temporal version 1.5.1 (Server 1.29.1)'");
});
afterEach(() => data.remove());

/** Puts a program of the test's own before all others. */
function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

interface Diagnosis {
  code: number | null;
  said: string;
  success: boolean;
  /** `status message` by name. */
  checks: Record<string, string>;
}

/** What doctor says on this machine, with a credential and a free port, but for what `env` says otherwise. */
async function diagnose(env: Record<string, string> = {}): Promise<Diagnosis> {
  const { code, stdout, stderr } = await runCli('', ['doctor', '--json'], {
    env: {
      PATH: `${bin}:${resolve('node_modules/.bin')}:${process.env.PATH ?? ''}`,
      AGENTICORE_DATA_DIR: data.root,
      AGENTICORE_REPOS_ROOT: join(data.root, 'repos'),
      AGENTICORE_PORT: '0',
      ANTHROPIC_API_KEY: 'canary-key',
      GITHUB_TOKEN: 'canary-token',
      ...env,
    },
  });
  const reply = JSON.parse(stdout) as { success: boolean; checks: Record<'name' | 'status' | 'message', string>[] };
  const checks = Object.fromEntries(reply.checks.map(({ name, status, message }) => [name, `${status} ${message}`]));
  return { code, said: stdout + stderr, success: reply.success, checks };
}

test('doctor reports no failure on a complete machine, and prints no secret', async () => {
  const { code, said, success, checks } = await diagnose();
  expect(checks).toMatchObject({
    configuration: 'ok every setting is valid',
    git: expect.stringMatching(/^ok git version/),
    'Claude Code': expect.stringMatching(/^ok \d.*at .*claude$/),
    'model login': 'ok ANTHROPIC_API_KEY is set',
    Temporal: `ok serve will start ${join(bin, 'temporal')}`,
    'API port': 'ok any free port',
    'data directory': expect.stringMatching(/^(ok|warn) .* GiB free/),
    profiles: 'ok code, review',
  });
  expect(Object.keys(checks)).toEqual(
    expect.arrayContaining(['sandbox', 'worktrees', 'repositories', 'Temporal ports']),
  );
  expect(said).not.toContain('canary');
  expect({ code, success }).toEqual({ code: 0, success: true });
});

test('doctor reports what is missing and exits 1', async () => {
  program('git', "echo 'git version 2.20.1'");
  data.write({ 'config.yml': 'default_profile: gone\n', 'profiles/x.yml': 'env: 1' });
  writeFileSync(join(data.root, 'file'), '');
  const { code, success, checks } = await diagnose({
    ANTHROPIC_API_KEY: '',
    GITHUB_TOKEN: '',
    AGENTICORE_CLAUDE_BINARY: '/nowhere/claude',
    AGENTICORE_TEMPORAL_BINARY: '/nowhere/temporal',
    REDIS_URL: 'redis://:canary@127.0.0.1:1',
    AGENTICORE_WORKTREE_ROOT: '/proc/worktrees',
    AGENTICORE_JOBS_DIR: '/jobs',
  });
  expect(checks).toMatchObject({
    configuration: expect.stringContaining('warn AGENTICORE_JOBS_DIR is set and has no effect.'),
    git: 'fail git version 2.20.1 is too old.',
    'Claude Code': expect.stringMatching(/^fail The program \/nowhere\/claude is not installed/),
    'model login': expect.stringMatching(/^fail Agents have no credential/),
    'git login': expect.stringMatching(/^warn /),
    Temporal: expect.stringMatching(
      /^fail AGENTICORE_TEMPORAL_BINARY \(\/nowhere\/temporal\) is not an executable program/,
    ),
    Redis: expect.stringMatching(/^fail The server of REDIS_URL does not answer \((?!.*canary)/),
    worktrees: expect.stringMatching(/^fail /),
    profiles: 'fail The configuration names some that cannot be used: gone.',
  });
  expect({ code, success }).toEqual({ code: 1, success: false });
});

test('doctor accepts auto as the profile of a rule, and reports what a setting names and does not exist', async () => {
  data.write({ 'config.yml': 'routes:\n  - {words: [review], profile: auto}\n' });
  expect((await diagnose()).checks.profiles).toBe('ok code, review');
  const { code, checks } = await diagnose({ AGENTICORE_DEFAULT_MCP_FILE: '/nowhere/mcp.json' });
  expect(checks.configuration).toMatch(/^fail AGENTICORE_DEFAULT_MCP_FILE must name a file .*\/nowhere\/mcp\.json/);
  expect(code).toBe(1);
});

test('doctor warns of a credential that is a plain word, and lists the toolchains that agents find', async () => {
  data.write({ 'home/.rustup/settings.toml': '', 'home/.nvm/nvm.sh': '' });
  const { checks } = await diagnose({ ANTHROPIC_API_KEY: 'lmstudio', HOME: join(data.root, 'home') });
  expect(checks['model login']).toMatch(/^warn ANTHROPIC_API_KEY could be a word of any text/);
  expect(checks.toolchains).toBe('ok agents can use rustup, nvm');
});

test('doctor reports a disk with too little free space for jobs', async () => {
  const { code, checks } = await diagnose({ AGENTICORE_MIN_FREE_DISK_MB: '1000000000' });
  expect(checks.worktrees).toMatch(
    /^fail .* GiB free, less than the 1000000000 MB of AGENTICORE_MIN_FREE_DISK_MB: a worker on this machine takes no jobs\.$/,
  );
  expect(code).toBe(1);
});

test('doctor prints what to do below each failure', async () => {
  const { code, stdout } = await runCli('', ['doctor'], {
    env: { AGENTICORE_DATA_DIR: data.root, AGENTICORE_PORT: 'x' },
  });
  expect(stdout).toMatch(
    /^fail {2}configuration {3}AGENTICORE_PORT in the environment must be a whole number.*\n {22}Correct the setting/,
  );
  expect(code).toBe(1);
});

test('doctor distinguishes a port in use by another program from one where agenticore answers', async () => {
  const api = await FakeApi.start();
  const other = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const ours = await diagnose({ AGENTICORE_PORT: new URL(api.url).port });
  const theirs = await diagnose({ AGENTICORE_PORT: String((other.address() as AddressInfo).port) });
  await api.stop();
  await once(other.close(), 'close');
  expect(ours.checks['API port']).toMatch(/^ok agenticore .* answers at 127\.0\.0\.1:/);
  expect(theirs.checks['API port']).toMatch(/^fail .* is taken by another program/);
  expect([ours.code, theirs.code]).toEqual([0, 1]);
});

test('doctor reports a Temporal cluster that does not answer', async () => {
  const { code, checks } = await diagnose({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(checks.Temporal).toMatch(/^fail Temporal at 127\.0\.0\.1:1 .* cannot be reached/);
  expect(code).toBe(1);
});

test('doctor warns without bubblewrap, and fails only if a profile requires a sandbox', async () => {
  // A PATH on which there is no bwrap, whatever the machine has.
  for (const name of ['git', 'sh']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
  const PATH = `${bin}:${resolve('node_modules/.bin')}`;
  expect((await diagnose({ PATH })).checks.sandbox).toMatch(/^warn bubblewrap is not installed/);
  data.write({ 'profiles/x.yml': 'sandbox: required' });
  expect((await diagnose({ PATH })).checks.sandbox).toMatch(/^fail .*These profiles require it: x\./);
});

needs('redis-server')('a Redis that answers is fine', async () => {
  const redis = await TestRedis.start();
  try {
    expect((await diagnose({ REDIS_URL: redis.url })).checks.Redis).toBe('ok it answers');
  } finally {
    await redis.stop();
  }
});
