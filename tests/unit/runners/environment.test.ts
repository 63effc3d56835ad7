import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createClaude } from '../../../runners/claude/agent.ts';
import { agentEnvironment } from '../../../runners/environment.ts';

const claude = createClaude({ binary: 'claude' });
const job = {
  home: '/h',
  config: '/c',
  tmp: '/t',
  author: { name: 'A', email: 'a@b' },
  toolchains: { env: {}, path: [] },
  names: [],
};
const model = {
  ANTHROPIC_API_KEY: 'k',
  ANTHROPIC_AUTH_TOKEN: 't',
  CLAUDE_CODE_OAUTH_TOKEN: 'o',
  ANTHROPIC_BASE_URL: 'https://m',
  ANTHROPIC_CUSTOM_HEADERS: 'x: y',
};
const others = {
  GITHUB_TOKEN: 'g',
  AGENTICORE_API_KEYS: 'a',
  TEMPORAL_API_KEY: 'e',
  REDIS_URL: 'r',
  AWS_SECRET_ACCESS_KEY: 'w',
  HOME: '/root',
};

test("the agent gets the model's credentials, and nothing else that the worker has", () => {
  const env = agentEnvironment(claude, { ...model, ...others }, job);
  expect(env).toMatchObject({ ...model, HOME: '/h', CLAUDE_CONFIG_DIR: '/c' });
  for (const name of Object.keys(others).filter((each) => each !== 'HOME')) expect(env).not.toHaveProperty(name);
});

test('a variable that the profile names comes along', () => {
  const env = agentEnvironment(claude, { ...others }, { ...job, names: ['AWS_SECRET_ACCESS_KEY', 'NOT_SET'] });
  expect(env).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'w' });
  expect(env).not.toHaveProperty('NOT_SET');
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('git works in a checkout that belongs to another user', async () => {
  const worktree = await mkdtemp(join(tmpdir(), 'environment-'));
  const settings = (): string[] => Object.keys(agentEnvironment(claude, {}, { ...job, worktree })).filter(isSetting);
  expect(settings()).toEqual([]);
  await chown(worktree, 4242, 4242);
  expect(settings()).toHaveLength(3);
  await rm(worktree, { recursive: true });
});
const isSetting = (name: string): boolean => /^GIT_CONFIG_(COUNT|KEY|VALUE)/.test(name);

test("a gateway's names for models reach the agent", () => {
  const names = {
    ANTHROPIC_MODEL: 'big',
    ANTHROPIC_SMALL_FAST_MODEL: 'small',
    ANTHROPIC_DEFAULT_OPUS_MODEL: 'o',
    ANTHROPIC_DEFAULT_SONNET_MODEL: 's',
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'h',
    CLAUDE_CODE_SUBAGENT_MODEL: 'sub',
  };
  expect(agentEnvironment(claude, names, job)).toMatchObject(names);
});

test("programs of the user's toolchains are found after those of PATH, and what the worker says counts", () => {
  const toolchains = { env: { NVM_DIR: '/u/.nvm', JAVA_HOME: '/u/java' }, path: ['/u/bin', '/usr/bin'] };
  const env = agentEnvironment(claude, { PATH: '/usr/bin:/bin', JAVA_HOME: '/opt/java' }, { ...job, toolchains });
  expect(env).toMatchObject({ PATH: '/usr/bin:/bin:/u/bin', NVM_DIR: '/u/.nvm', JAVA_HOME: '/opt/java', HOME: '/h' });
});
