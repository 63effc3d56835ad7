import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig, packageRoot } from '../../../config/index.ts';
import { SETTINGS } from '../../../config/settings.ts';
import { UNUSED } from '../../../config/unused.ts';

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
        agentTimeout: 3600,
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
    ['# mine\nprot: 9000\n', 'config.yml:2: prot is not a setting'],
    ['data_dir: /elsewhere\n', 'config.yml:1: data_dir cannot be set in'],
    ['port: {a: 1}\n', 'config.yml:1: port must be simple'],
    ['- port\n', 'config.yml:1: must be simple'],
    ['port: [\n', 'is not plain YAML'],
    ['port: 1\nport: 2\n', 'config.yml:2 is not plain YAML'],
    ['a: &a 1\nport: *a\n', 'config.yml:2 must not use YAML aliases'],
    ['server: {port: 1}\nport: 2\n', 'config.yml:1: server.port is also set as port'],
    ['server: {speed: 1}\n', 'config.yml:1: server.speed is not a setting'],
  ])('refuses config.yml with %j, by file and line', (file, words) => {
    expect(() => load({}, file)).toThrow(words);
  });

  test('understands the sections of the Python agenticore', () => {
    const file = 'repos:\n  root: /r\n  job_ttl_seconds: 60\nserver: {port: 8300}\nredis:\n  key_prefix: x\n';
    expect(load({}, file)).toMatchObject({ reposRoot: '/r', jobTtl: 60, port: 8300, redisKeyPrefix: 'x' });
  });

  test('takes a variable by its older name where the newer one is not set', () => {
    const older = { AGENTIHOOKS_PROFILE: 'review' };
    expect(load(older).defaultProfile).toBe('review');
    expect(load({}, 'agentihooks_profile: review\n').defaultProfile).toBe('review');
    expect(load({ ...older, AGENTICORE_DEFAULT_PROFILE: 'code' }).defaultProfile).toBe('code');
    expect(load(older, 'default_profile: code\n').defaultProfile).toBe('review');
  });

  test('warns of one key of Langfuse without the other', () => {
    const dataDir = { AGENTICORE_DATA_DIR: '/nonexistent' };
    const { warnings } = loadConfig({ ...dataDir, LANGFUSE_PUBLIC_KEY: 'pk' });
    expect(warnings).toEqual([
      'LANGFUSE_PUBLIC_KEY is set without LANGFUSE_SECRET_KEY, so Langfuse gets no traces. Set both, or none.',
    ]);
    expect(loadConfig({ ...dataDir, LANGFUSE_PUBLIC_KEY: 'pk', LANGFUSE_SECRET_KEY: 'sk' }).warnings).toEqual([]);
  });

  test('warns of what is set and has no effect, and says why', () => {
    const { warnings } = load({ AGENTICORE_POD_NAME: 'p', AGENTICORE_HOME: 'k', TEAMS_APP_ID: '' }, '');
    expect(warnings).toEqual([
      expect.stringMatching(/^AGENTICORE_POD_NAME is set and has no effect\. /),
      expect.stringMatching(/^AGENTICORE_HOME is set and has no effect\. /),
    ]);
    expect(load({}, '').warnings).toEqual([]);
  });

  test('warns of a variable that is misspelt, and of none that others need or Kubernetes sets', () => {
    expect(load({ AGENTICORE_MAX_PARALEL_JOBS: '9' }).warnings).toEqual([
      'AGENTICORE_MAX_PARALEL_JOBS is set and has no effect. It is not a setting; check its spelling.',
    ]);
    const others = ['URL', 'API_KEY', 'JOB', 'SERVICE_HOST', 'SERVICE_PORT', 'PORT_8200_TCP_ADDR'];
    expect(load(Object.fromEntries(others.map((name) => [`AGENTICORE_${name}`, 'x']))).warnings).toEqual([]);
  });

  test.each([
    ['AGENTICORE_ALLOWED_HOSTS', 'https://agents.example.com'],
    ['AGENTICORE_ALLOWED_HOSTS', '*'],
    ['AGENTICORE_ALLOWED_HOSTS', 'a b'],
    ['AGENTICORE_ALLOWED_REPO_HOSTS', 'git.example.com/org'],
    ['AGENTICORE_ALLOWED_REPO_HOSTS', 'git@git.example.com'],
    ['AGENTICORE_ALLOWED_ORIGINS', 'board.example.com'],
    ['AGENTICORE_ALLOWED_ORIGINS', 'https://board.example.com/'],
    ['AGENTICORE_ALLOWED_ORIGINS', '*'],
    ['AGENTICORE_DEFAULT_PROFILE', '../code'],
    ['AGENTICORE_API_KEYS', 'alice='],
  ])('refuses %s=%j, which would never have an effect, or another', (variable, value) => {
    expect(() => load({ [variable]: value })).toThrow(new RegExp(`^${variable} in the environment must `));
  });

  test('takes hosts with ports and of IPv6', () => {
    const hosts = 'Git.Example.com:8443,[::1]:80,::1,git_lab';
    expect(load({ AGENTICORE_ALLOWED_REPO_HOSTS: hosts }).allowedRepoHosts).toEqual(hosts.split(','));
  });

  test('takes an empty config.yml, or one of comments only', () => {
    expect(load({}, '').port).toBe(8200);
    expect(load({}, '# nothing yet\n').port).toBe(8200);
  });
});

test('the defaults are valid, every variable is listed once and says what it is for', () => {
  const all = [...Object.values(SETTINGS), ...UNUSED];
  for (const { variable, about } of all)
    expect([variable, about]).toEqual([expect.stringMatching(/^[A-Z_0-9]+$/), expect.stringMatching(/\.$/)]);
  expect(new Set(all.map(({ variable }) => variable)).size).toBe(all.length);
  expect(() => loadConfig({})).not.toThrow();
});

test('the package root is the folder of package.json', () => {
  expect(packageRoot).toBe(process.cwd());
});
