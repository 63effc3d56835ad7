import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { Redis } from 'ioredis';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo } from '../support/sample-repo.ts';
import { canariesIn, canariesInFiles, canariesInProcesses, freshCanaries } from '../support/canaries.ts';
import { acceptPushes, startGitServer, type GitServer } from '../support/git-server.ts';
import { startCollector, type Collector } from '../support/collector.ts';
import { CLI } from '../support/command.ts';
import { allHistories } from '../support/history.ts';
import { LangfuseServer } from '../support/langfuse-server.ts';
import { gate } from '../support/model-server.ts';
import { needs } from '../support/needs.ts';
import { createPlace, type Place } from '../support/place.ts';
import { hasPostgres, TestPostgres } from '../support/postgres.ts';
import type { Product } from '../support/product.ts';
import { contentOf, TestRedis } from '../support/redis.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { until } from '../support/until.ts';
import { createWorld, writeProfile, type World } from '../support/world.ts';

const canaries = freshCanaries({
  model: 'sk-ant-canary-of-the-model-0001',
  api: 'canary-of-the-api-caller-0002',
  git: 'ghp_canaryOfTheGitToken0003',
  gitlab: 'glpat-canary-of-gitlab-0006',
  gitea: 'canary-of-gitea-0007',
  redis: 'canary-of-redis-0004',
  userinfo: 'canary-of-a-url-0005',
  postgres: 'canary-of-postgres-0008',
  langfuse: 'sk-lf-canary-of-langfuse-0009',
  bucket: 'canary-of-the-bucket-0010',
  collector: 'canary-of-the-collector-0011',
});
const WORDS = 'words that stand where jobs are kept';
/** A profile, whose name stands wherever something is told of its jobs. */
const PROFILE = `pushing-${randomUUID()}`;

let repositories: Place;
let server: GitServer;
let redis: TestRedis;
let postgres: TestPostgres | undefined;
let langfuse: LangfuseServer;
let bucket: S3Server;
let collector: Collector;
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
  if (hasPostgres) postgres = await TestPostgres.start(canaries.postgres);
  langfuse = await new LangfuseServer(canaries.langfuse).start();
  // It is away at first, so that the spool has something.
  await langfuse.stop();
  bucket = await startS3Server(canaries.bucket);
  collector = await startCollector('http');
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
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http',
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${canaries.collector}`,
      AGENTICORE_OTEL_LOG_PROMPTS: 'true',
      ...(postgres && { POSTGRES_URL: postgres.url }),
      ...langfuse.env,
      ...bucket.env,
    },
  });
  await writeProfile(world, PROFILE, 'extends: code\ndeliver: push\n');
  product = await world.start('serve');
});
afterAll(async () => {
  await world.end();
  await Promise.all([redis.stop(), postgres?.stop(), langfuse.stop(), bucket.close(), collector.stop()]);
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
  summary: `I have seen ${canaries.model}.`,
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
    profile: PROFILE,
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

  withRedisServer('nor in what telemetry tells, to whomever, though all of that tells of the jobs', async () => {
    const spool = join(world.dir, 'data', 'spool');
    const { files, found } = canariesInFiles(spool, canaries);
    expect(found).toEqual([]);
    expect(files.filter((file) => file.includes('~'))).toHaveLength(4);
    await langfuse.start();
    await until(async () => (await readdir(spool)).every((name) => name.startsWith('.')));
    const sent = (signal: string): Buffer =>
      Buffer.concat(collector.received.filter((each) => each.signal === signal).map(({ body }) => body));
    await until(() => canariesIn(sent('traces'), { marker: PROFILE }).length > 0);
    await until(() => canariesIn(sent('metrics'), { marker: PROFILE }).length > 0);
    // As a collector would hand them on.
    for (const { signal, body } of collector.received) {
      const headers = { ...key, 'content-type': 'application/x-protobuf' };
      await fetch(`${product.url}/v1/${signal}`, { method: 'POST', headers, body: new Uint8Array(body) });
    }
    await ask('/usage');
    const places: Record<string, Buffer | string> = {
      spans: sent('traces'),
      metrics: sent('metrics'),
      logs: sent('logs'),
      prometheus: (await ask('/metrics')).text,
      langfuse: JSON.stringify([...langfuse.spans.values()]),
      bucket: [...bucket.objects].flat().join('\n'),
      redis: await withRedis(canaries.redis, contentOf),
      temporal: await allHistories(world.temporal()),
      ...(postgres && { postgres: await postgres.content() }),
    };
    for (const [name, content] of Object.entries(places)) {
      expect([name, canariesIn(content, canaries)]).toEqual([name, []]);
      expect([name, canariesIn(content, { PROFILE, WORDS })]).not.toEqual([name, []]);
    }
    for (const name of ['logs', 'langfuse']) expect(String(places[name])).toContain('I have seen <ANTHROPIC_API_KEY>');
  });

  withRedisServer('nor in the log, which tells that all of them are away', async () => {
    await Promise.all([redis.kill(), postgres?.kill(), collector.stop(), bucket.close(), langfuse.stop()]);
    const { id, status } = await run({ task: 'fix it' });
    expect(status).toBe('succeeded');
    await ask('/usage');
    const away = ['event log cannot be used', 'telemetry cannot be delivered', 'langfuse takes', 'store takes'];
    if (postgres) away.push('PostgreSQL does not answer');
    await until(() => away.every((words) => product.said().includes(words)));
    expect(canariesIn(product.said(), { ...canaries, marker: id })).toEqual(['marker']);
  });

  withRedisServer('nor in what is kept: Temporal’s database, files, repositories', async () => {
    await product.stop();
    const kept = canariesInFiles(world.dir, canaries);
    expect(kept.found).toEqual([]);
    expect(kept.files.map((file) => file.slice(world.dir.length))).toEqual(
      expect.arrayContaining(['/data/temporal.db', expect.stringContaining('/data/transcripts/')]),
    );
    expect(canariesInFiles(world.dir, { task: WORDS }).found).toContainEqual(expect.stringContaining('temporal.db'));
    expect(canariesInFiles(repositories.dir, canaries).found).toEqual([]);
  });
});
