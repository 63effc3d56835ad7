import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { bash, fixingAgent } from '../support/model/scripts.ts';
import { plainGit } from '../support/sample-repo.ts';
import { call, jobEnded, runJob, type Product } from '../support/product.ts';
import { createWorld, fixing, writeProfile, type World } from '../support/world.ts';

let world: World;
let product: Product;
const url = (): string => product.url;
/** Jobs run beside each other; each test looks at its own. */
const jobs = new Map<string, Promise<JobRecord>>();
const run = (task: string): Promise<JobRecord> => jobs.get(task) ?? Promise.reject(new Error(`no job: ${task}`));

const leaving = fixingAgent({ edits: { 'fix.txt': 'fixed' }, summary: 'The server runs.' });
const server = { command: 'sleep 4321', description: 'Start the server', run_in_background: true };
const using = fixingAgent({ commands: ['hello-tool > tool.txt; echo "$TMPDIR" >> tool.txt'] });
const REFUSAL = { status: 400, error: 'thinking blocks in the latest assistant message cannot be modified' };

const SILENT = 'fall silent';
const TASKS = ['leave a server running', 'die in the middle', 'be refused later', 'use a tool'];

/** Tasks whose first agent has done its part. */
const begun = new Set<string>();

function script(conversation: Conversation): Reply | Promise<Reply> {
  const { task, latest, calls } = conversation;
  const again = begun.has(task);
  if (task.includes('leave a server')) {
    if (calls.length === 0) return { tool: 'Bash', input: server };
    return leaving(conversation);
  }
  if (task.includes(SILENT)) return { hold: new Promise(() => undefined) };
  if (task.includes('use a tool')) return using(conversation);
  if (task.includes('die') || task.includes('be refused')) {
    if (/You were (?:interrupted|stopped)|is tried again/.test(latest)) return REFUSAL;
    if (again) return fixing()(conversation);
    if (calls.length === 0) return bash(task.includes('die') ? 'kill -9 $PPID' : 'echo one');
    begun.add(task);
    return { status: 401, error: 'invalid x-api-key' };
  }
  return fixing()(conversation);
}

beforeAll(async () => {
  world = await createWorld({
    script: (conversation) => {
      const reply = script(conversation);
      if (conversation.task.includes('die')) begun.add(conversation.task);
      return reply;
    },
  });
  const [home, base] = [join(world.dir, 'home'), join(world.dir, 'base')];
  const tool = join(home, '.local/bin/hello-tool');
  for (const folder of [join(home, '.local/bin'), base]) await mkdir(folder, { recursive: true });
  await writeFile(tool, '#!/bin/sh\necho hello\n');
  await chmod(tool, 0o755);
  await writeFile(join(base, 'CLAUDE.md'), 'Words of the base.');
  await writeProfile(world, 'impatient', 'extends: code\nstall_timeout: 2\n');
  product = await world.start('serve', {
    env: {
      HOME: home,
      AGENTICORE_CLAUDE_CONFIG_DIR: base,
      AGENTICORE_BACKGROUND_TIMEOUT_S: '1',
      AGENTICORE_MAX_PARALLEL_JOBS: '3',
      ANTHROPIC_DEFAULT_SONNET_MODEL: 'big-model-of-the-gateway',
    },
  });
  for (const task of [...TASKS, SILENT])
    jobs.set(task, runJob(url, { task, repo_url: world.repo, profile: task === SILENT ? 'impatient' : 'code' }));
  await Promise.all(jobs.values());
});
afterAll(() => world.end());

/** How often the job said that its agent began anew. */
async function restarts({ id }: JobRecord): Promise<number> {
  const { body } = await call<{ events: { event: StreamEvent }[] }>(url(), `/jobs/${id}/events?limit=1000`);
  return body.events.filter(({ event }) => event.type === 'restarted').length;
}

const stays = (job: JobRecord, file: string): Promise<string> =>
  plainGit(world.repo, 'show', `${job.branch ?? ''}:${file}`);

test('what an agent leaves running costs a warning, and its work is delivered', async () => {
  const job = await run('leave a server running');
  expect(job).toMatchObject({ status: 'succeeded', output: 'The server runs.' });
  expect(job.warnings.join()).toContain('sleep 4321');
  expect(await stays(job, 'fix.txt')).toBe('fixed');
});

test('an agent that falls silent fails its job with the reason, in the time that the profile gives it', async () => {
  const job = await run(SILENT);
  expect(job).toMatchObject({ status: 'failed', error_code: 'agent_stalled', error_stage: 'running_agent' });
  expect(job.error).toContain('2 s');
});

test('a session that the model refuses after its agent was killed is given up, and the job begins anew', async () => {
  const job = await run('die in the middle');
  expect(job).toMatchObject({ status: 'succeeded', resumed: false });
  expect(await stays(job, 'fix.txt')).toBe('fixed');
  expect(await restarts(job)).toBe(1);
});

test('a retry from a session that the model refuses falls back to the start', async () => {
  const failed = await run('be refused later');
  expect(failed).toMatchObject({ error_code: 'agent_auth_failed' });
  const { body } = await call<{ job: JobRecord }>(url(), `/jobs/${failed.id}/retry`, { json: {} });
  const job = await jobEnded(url, body.job.id);
  expect(job).toMatchObject({ status: 'succeeded', retry_from: 'start' });
  expect(await restarts(job)).toBe(1);
});

test("the agent finds the user's tools, a short TMPDIR, the base configuration and the models of the gateway", async () => {
  const job = await run('use a tool');
  expect(await stays(job, 'tool.txt')).toBe('hello\n/tmp');
  const [turn] = world.model.turns('use a tool');
  expect(turn?.body?.model).toBe('big-model-of-the-gateway');
  expect(JSON.stringify(turn?.body)).toContain('Words of the base.');
});
