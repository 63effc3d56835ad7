import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createClaude } from '../../../runners/claude/agent.ts';
import { agentEnvironment, withoutSecrets } from '../../../runners/environment.ts';

const claude = createClaude({ binary: 'claude' });
const job = { home: '/h', config: '/c', tmp: '/t', author: { name: 'A', email: 'a@b' }, names: [] };
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
const isSetting = (name: string): boolean => name.startsWith('GIT_CONFIG_');

test('a secret among the headers for the model is replaced, all together and alone', () => {
  const env = { ANTHROPIC_CUSTOM_HEADERS: 'x-team: blue\nCF-Access-Client-Secret: not-for-anybody' };
  expect(withoutSecrets(`it is ${env.ANTHROPIC_CUSTOM_HEADERS}`, env)).toBe('it is <ANTHROPIC_CUSTOM_HEADERS>');
  const alone = withoutSecrets(JSON.stringify({ said: env.ANTHROPIC_CUSTOM_HEADERS }), env);
  expect(alone).toContain('x-team: blue');
  expect(alone).not.toContain('not-for-anybody');
});
