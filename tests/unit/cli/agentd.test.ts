import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverEnvironment } from '../../../cli/agentd/program.ts';
import { loadConfig } from '../../../config/index.ts';
import { runCli } from '../../support/cli.ts';

describe('agentd makes of its command line the settings of agenticore serve', () => {
  test('every token is a key, once, and all have the sessions of the time without tokens', () => {
    const env = { AGENTD_AUTH_TOKEN: 'a', AGENTD_AUTH_TOKENS: 'a, b', PATH: '/bin' };
    expect(serverEnvironment({ authToken: ['c=d'] }, env)).toEqual({
      AGENTICORE_API_KEYS: 'local=c=d,local=a,local=b',
      PATH: '/bin',
    });
  });

  test('without tokens there are no keys', () => {
    expect(serverEnvironment({}, {})).toEqual({});
  });

  test('--max-concurrency, --host and --port overrule the environment', () => {
    const options = { maxConcurrency: 8, host: '::1', port: '9000' };
    expect(serverEnvironment(options, { AGENTICORE_PORT: '1' })).toEqual({
      AGENTICORE_MAX_PARALLEL_JOBS: '8',
      AGENTICORE_HOST: '::1',
      AGENTICORE_PORT: '9000',
    });
  });

  test('the options for Codex are its settings', () => {
    const options = { codexProfile: 'mobile', codexExtraArg: ['--color', 'never'] };
    expect(serverEnvironment(options, { AGENTD_CODEX_PROFILE: 'other' })).toEqual({
      AGENTD_CODEX_PROFILE: 'other',
      AGENTICORE_CODEX_PROFILE: 'mobile',
      AGENTICORE_CODEX_EXTRA_ARGS: '--color never',
    });
  });

  test.each(['', 'a,b'])('the token %j is refused', (token) => {
    expect(() => serverEnvironment({ authToken: [token] }, {})).toThrow('A token is not empty and has no comma.');
  });
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agenticore-agentd-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a default of a program counts after the environment and before the documented one', () => {
  const defaults = { AGENTICORE_PORT: '8765', AGENTICORE_MAX_PARALLEL_JOBS: '4' };
  const config = loadConfig({ AGENTICORE_DATA_DIR: dir, AGENTICORE_PORT: '9' }, defaults);
  expect(config).toMatchObject({ port: 9, maxParallelJobs: 4, jobTtl: 86_400 });
});

test('variables for agentd that have no effect are named in a warning', () => {
  const { warnings } = loadConfig({ AGENTICORE_DATA_DIR: dir, AGENTD_AUTH_TOKEN: 'secret', AGENTD_DB_PATH: 'x' });
  expect(warnings).toEqual(
    ['AGENTD_AUTH_TOKEN', 'AGENTD_DB_PATH'].map((name) =>
      expect.stringMatching(new RegExp(`^${name} is set and has no effect\\. .*agentd --help`)),
    ),
  );
});

test('agentd checks its settings like agenticore serve', async () => {
  const { code, stderr } = await runCli('', ['--port', 'many'], { command: 'agentd' });
  expect(stderr).toContain('AGENTICORE_PORT in the environment must be a whole number from 0 to 65535, not "many"');
  expect(code).toBe(2);
});
