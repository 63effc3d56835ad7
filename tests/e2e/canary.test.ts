import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { Redis } from 'ioredis';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo } from '../support/sample-repo.ts';
import { canariesIn, canariesInFiles, canariesInProcesses, freshCanaries } from '../support/canaries.ts';
import { acceptPushes, startGitServer, type GitServer } from '../support/git-server.ts';
import { CLI } from '../support/command.ts';
import { gate } from '../support/model-server.ts';
import { needs } from '../support/needs.ts';
import { createPlace, type Place } from '../support/place.ts';
import type { Product } from '../support/product.ts';
import { TestRedis } from '../support/redis.ts';
import { createWorld, writeProfile, type World } from '../support/world.ts';

const canaries = freshCanaries({
  model: 'sk-ant-canary-of-the-model-0001',
  api: 'canary-of-the-api-caller-0002',
  git: 'ghp_canaryOfTheGitToken0003',
  gitlab: 'glpat-canary-of-gitlab-0006',
  gitea: 'canary-of-gitea-0007',
  redis: 'canary-of-redis-0004',
  userinfo: 'canary-of-a-url-0005',
});
const WORDS = 'words that stand where jobs are kept';

let repositories: Place;
let server: GitServer;
let redis: TestRedis;
let world: World;
let product: Product;
const agent = gate();
const key = { 'x-api-key': canaries.api };

beforeAll(async () => {
  repositories = await createPlace();
  const repo = join(repositories.dir, 'acme', 'origin.git');
  await createBareRepo(repo);
  await acceptPushes(repo);
  server = await startGitServer(repositories.dir, { token: canaries.git });
  redis = await TestRedis.start();
  await withRedis('', (client) => client.config('SET', 'requirepass', canaries.redis));
  world = await createWorld({
    embedded: true,
    script: (conversation) => {
      if (conversation.task.includes('refused')) return { status: 401, error: `invalid x-api-key: ${canaries.model}` };
      if (conversation.task.includes('look around')) return lookAround(conversation);
      return fixing(conversation);
    },
    env: {
      ANTHROPIC_API_KEY: canaries.model,
      AGENTICORE_API_KEYS: `fleet=${canaries.api}`,
      AGENTICORE_ALLOW_QUERY_KEY: 'true',
      AGENTICORE_LOG_LEVEL: 'debug',
      AGENTICORE_ALLOWED_REPO_HOSTS: server.host,
      GITHUB_TOKEN: canaries.git,
      GITLAB_TOKEN: canaries.gitlab,
      GITEA_TOKEN: canaries.gitea,
      GITHUB_API_URL: `http://${server.host}/api/v3`,
      REDIS_URL: redis.url.replace('redis://', `redis://:${canaries.redis}@`),
    },
  });
  await writeProfile(world, 'pushing', 'extends: code\ndeliver: push\n');
  product = await world.start('serve');
});
afterAll(async () => {
  await world.end();
  await redis.stop();
  await server.close();
  await promisify(execFile)('rm', ['-rf', repositories.dir]);
});

const fixing = fixingAgent({
  edits: { 'fix.txt': 'fixed' },
  commands: [{ command: 'git add -A && git commit -q -m "fix it"', hold: agent.opened }],
});
/** What an agent can see of the world: its files, git's settings, and the processes beside it. */
const lookAround = fixingAgent({
  commands: [
    'git config --list --show-origin; git remote -v; cat .git/config',
    'cat /proc/[0-9]*/cmdline | tr "\\0" " "; for p in /proc/[0-9]*; do tr "\\0" "\\n" <$p/environ; done',
  ],
});

async function withRedis<T>(password: string, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url, password === '' ? {} : { password });
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
}

async function ask(path: string, json?: object): Promise<{ status: number; text: string }> {
  const body = json && { method: 'POST', body: JSON.stringify(json) };
  const headers = { ...key, ...(json && { 'content-type': 'application/json' }) };
  const response = await fetch(product.url + path, { ...body, headers });
  return { status: response.status, text: await response.text() };
}

const run = async (request: object): Promise<JobRecord> => {
  const { text } = await ask('/jobs', {
    profile: 'pushing',
    repo_url: server.url('acme/origin.git'),
    wait: true,
    ...request,
  });
  return (JSON.parse(text) as { job: JobRecord }).job;
};

/** The command line of the product, as the caller who has the key. */
const cli = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [CLI, ...args, '--url', product.url], {
    env: { ...world.env, ANTHROPIC_API_KEY: '', GITHUB_TOKEN: '', REDIS_URL: '', AGENTICORE_API_KEY: canaries.api },
  });

describe('credentials stay where they belong', () => {
  const withRedisServer = needs('redis-server');

  withRedisServer('while a job runs: in no argument, and of the agent’s environment only the model’s key', async () => {
    const working = run({ task: `fix it, ${WORDS}` });
    await world.model.waitFor(({ conversation }) => (conversation?.calls.length ?? 0) > 0);
    const { cmdline, environ } = canariesInProcesses(canaries);
    expect(cmdline).toEqual([]);
    const others = environ.filter(({ pid }) => pid !== product.pid && pid !== process.pid);
    expect(others).not.toEqual([]);
    expect(others.filter(({ name }) => name !== 'model')).toEqual([]);
    expect(canariesInFiles(world.dir, canaries).found).toEqual([]);
    agent.open();
    await expect(working).resolves.toMatchObject({ status: 'succeeded', owner: 'fleet', branch: expect.any(String) });
  });

  withRedisServer('after jobs that went well and jobs that did not: nowhere', async () => {
    const looked = await run({ task: 'look around' });
    expect(looked).toMatchObject({ status: 'succeeded' });
    const refused = await run({ task: 'refused' });
    expect(refused).toMatchObject({ status: 'failed', error_code: 'agent_auth_failed' });
    const missing = await run({ task: 'fix it', repo_url: server.url('acme/none.git') });
    expect(missing).toMatchObject({ status: 'failed', error_code: 'repo_not_found' });
    const answers = [
      await ask(`/jobs?api_key=${canaries.api}`),
      await ask('/jobs', { task: 'x', repo_url: `https://user:${canaries.userinfo}@github.com/a/b` }),
      await ask('/jobs', { task: 'x', repo_url: `https://${canaries.userinfo}@github.com/a/b` }),
      await ask(`/none?api_key=${canaries.api}`),
      ...(await Promise.all(
        [looked, refused, missing].flatMap(({ id }) => [ask(`/jobs/${id}`), ask(`/jobs/${id}/events?limit=1000`)]),
      )),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 404, 200, 200, 200, 200, 200, 200]);
    const byQuery = await fetch(`${product.url}/jobs?api_key=${canaries.api}`);
    expect(byQuery.status).toBe(200);
    const shown = await cli('jobs');
    expect(shown.stdout).toContain(looked.id.slice(0, 8));
    const told = [...answers.map(({ text }) => text), await byQuery.text(), shown.stdout, shown.stderr, product.said()];
    expect(told.flatMap((text) => canariesIn(text, canaries))).toEqual([]);
    expect(told.join('\n')).toContain(WORDS);
  });

  withRedisServer('nor in what is kept: Temporal’s database, files, Redis, repositories', async () => {
    await product.stop();
    const kept = canariesInFiles(world.dir, canaries);
    expect(kept.found).toEqual([]);
    expect(kept.files.map((file) => file.slice(world.dir.length))).toEqual(
      expect.arrayContaining(['/data/temporal.db', expect.stringContaining('/data/transcripts/')]),
    );
    expect(canariesInFiles(world.dir, { task: WORDS }).found).toContainEqual(expect.stringContaining('temporal.db'));
    expect(canariesInFiles(repositories.dir, canaries).found).toEqual([]);
    const [events, task] = await withRedis(canaries.redis, async (client) => {
      const keys = await client.keys('*');
      const dumps = await Promise.all(
        keys.map(async (name) => JSON.stringify(await client.xrange(name, '-', '+').catch(() => name))),
      );
      return [dumps.flatMap((dump) => canariesIn(dump, canaries)), dumps.join().includes('fix.txt')];
    });
    expect({ events, task }).toEqual({ events: [], task: true });
  });
});
