import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig, packageRoot } from '../../../config.ts';
import { SETTINGS } from '../../../settings.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'agenticore-config-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const load = (env: Record<string, string> = {}, file?: string) => {
  if (file !== undefined) writeFileSync(join(dataDir, 'config.yml'), file);
  return loadConfig({ AGENTICORE_DATA_DIR: dataDir, ...env });
};

describe('loadConfig', () => {
  test('takes the environment before config.yml, and config.yml before the default', () => {
    const config = load({ AGENTICORE_PORT: '9000' }, 'port: 9001\nmax_parallel_jobs: 7\n');
    expect(config).toMatchObject({ port: 9000, maxParallelJobs: 7, jobTtl: 86_400 });
  });

  test('has the defaults of the documentation when nothing is set', () => {
    expect(load()).toMatchObject({
      ...{
        host: '127.0.0.1',
        port: 8200,
        maxParallelJobs: 3,
        seatTimeoutS: 30,
        claudeBinary: 'claude',
        claudeTimeout: 3600,
      },
      ...{
        defaultProfile: 'code',
        redisKeyPrefix: 'agenticore',
        redisUrl: undefined,
        allowLocalRepos: false,
        allowedHosts: [],
      },
      reposRoot: join(homedir(), 'agenticore-repos'),
      worktreeRoot: join(dataDir, 'worktrees'),
    });
  });

  test('takes an empty variable for one that is not set', () => {
    expect(load({ AGENTICORE_PORT: '', GITHUB_TOKEN: '' })).toMatchObject({ port: 8200, githubToken: undefined });
  });

  test('reads lists and yes/no values from the environment and from the file alike', () => {
    const fromEnv = load({ AGENTICORE_ALLOWED_HOSTS: 'a.example, b.example', AGENTICORE_ALLOW_LOCAL_REPOS: '1' });
    const fromFile = load({}, 'allowed_hosts: [a.example, b.example]\nallow_local_repos: true\n');
    for (const config of [fromEnv, fromFile])
      expect(config).toMatchObject({ allowedHosts: ['a.example', 'b.example'], allowLocalRepos: true });
  });

  test('keeps the TEMPORAL_* variables as they are, and nothing can be changed afterwards', () => {
    const config = load({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_TLS: '' });
    expect(config.temporal).toEqual({ TEMPORAL_ADDRESS: 'temporal.example:7233' });
    expect([Object.isFrozen(config), Object.isFrozen(config.temporal)]).toEqual([true, true]);
  });

  test('reports every problem in a sentence that names the variable, its source and the remedy', () => {
    const wrong = { AGENTICORE_SEAT_TIMEOUT_S: '2', AGENTICORE_LOG_LEVEL: 'loud', AGENTICORE_GIT_AUTHOR_NAME: 'x<y' };
    expect(() => load(wrong, 'port: 70000\n')).toThrow(
      expect.objectContaining({
        type: 'invalid_config',
        message: [
          `port (AGENTICORE_PORT) in config.yml must be a whole number from 0 to 65535, not "70000": correct or remove it.`,
          'AGENTICORE_SEAT_TIMEOUT_S in the environment must be a whole number from 3 to 3600, not "2": correct or remove it.',
          'AGENTICORE_GIT_AUTHOR_NAME in the environment must not contain < or > or control characters, not "x<y": correct or remove it.',
          'AGENTICORE_LOG_LEVEL in the environment must be debug, info, warn or error, not "loud": correct or remove it.',
        ].join('\n'),
      }),
    );
  });

  test('does not show a secret that it refuses', () => {
    expect(() => load({ REDIS_URL: 'http://user:hunter2@redis' })).toThrow(/^REDIS_URL(?!.*hunter2)/);
  });

  test.each([
    ['prot: 9000\n', 'prot in'],
    ['data_dir: /elsewhere\n', 'data_dir cannot stand in'],
    ['port: {a: 1}\n', 'port in'],
    ['- port\n', 'must be simple'],
    ['port: [\n', 'cannot be read as YAML'],
    ['port: 1\nport: 2\n', 'cannot be read as YAML'],
  ])('refuses config.yml with %j', (file, words) => {
    expect(() => load({}, file)).toThrow(words);
  });

  test('takes an empty config.yml, or one of comments only', () => {
    expect(load({}, '').port).toBe(8200);
    expect(load({}, '# nothing yet\n').port).toBe(8200);
  });
});

test('the defaults are valid and every setting says what it is for', () => {
  for (const { variable, about } of Object.values(SETTINGS))
    expect([variable, about]).toEqual([expect.stringMatching(/^[A-Z_]+$/), expect.stringMatching(/\.$/)]);
  expect(() => loadConfig({})).not.toThrow();
});

test('the package root is the folder of package.json', () => {
  expect(packageRoot).toBe(process.cwd());
});
