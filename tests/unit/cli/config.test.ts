import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCli, type Ended } from '../../support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agenticore-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const config = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  runCli('', ['config', ...args], { env: { AGENTICORE_DATA_DIR: dir, ...env } });

test('config shows each value and where it comes from, and no secret', async () => {
  writeFileSync(join(dir, 'config.yml'), 'max_parallel_jobs: 5\ngithub_token: canary-1\n');
  const secrets = { REDIS_URL: 'redis://user:canary-2@redis', TEMPORAL_API_KEY: 'canary-3' };
  const { code, stdout, stderr } = await config([], {
    AGENTICORE_PORT: '9000',
    AGENTICORE_TEMPORAL_UI_URL: 'https://me:canary-4@ui.example',
    TEMPORAL_ADDRESS: 't:7233',
    ...secrets,
  });
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows).toEqual(
    expect.arrayContaining([
      ['AGENTICORE_PORT', '9000', 'environment'],
      ['AGENTICORE_MAX_PARALLEL_JOBS', '5', 'config.yml'],
      ['AGENTICORE_JOB_TTL', '86400', 'default'],
      ['GITHUB_TOKEN', '********', 'config.yml'],
      ['REDIS_URL', '********', 'environment'],
      ['AGENTICORE_TEMPORAL_UI_URL', 'https://********@ui.example', 'environment'],
      ['TEMPORAL_API_KEY', '********', 'environment'],
      ['TEMPORAL_ADDRESS', 't:7233', 'environment'],
    ]),
  );
  expect(stdout + stderr).not.toContain('canary');
  expect(code).toBe(0);
});

test('config --json prints the same as data', async () => {
  const { stdout } = await config(['--json'], { AGENTICORE_ALLOWED_HOSTS: 'a,b', GITHUB_TOKEN: 'canary' });
  expect(stdout).not.toContain('canary');
  expect(JSON.parse(stdout)).toMatchObject({
    success: true,
    file: join(dir, 'config.yml'),
    settings: expect.arrayContaining([
      { variable: 'AGENTICORE_ALLOWED_HOSTS', value: ['a', 'b'], source: 'environment' },
      { variable: 'GITHUB_TOKEN', value: '********', source: 'environment' },
      { variable: 'REDIS_URL', value: null, source: 'default' },
      { variable: 'AGENTICORE_API_KEYS', value: null, source: 'default' },
    ]),
  });
});

test('config names a wrong setting and exits 2', async () => {
  const { code, stdout, stderr } = await config([], { AGENTICORE_PORT: 'many' });
  expect(stderr).toContain('AGENTICORE_PORT in the environment must be a whole number');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('config warns of a variable that has no effect', async () => {
  const { code, stderr } = await config([], { AGENTICORE_JOBS_DIR: '/jobs' });
  expect(stderr).toContain('AGENTICORE_JOBS_DIR is set and has no effect. Job records are in Temporal');
  expect(code).toBe(0);
});
