import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { CLI } from '../support/command.ts';
import { blocksOf, commandsWith } from '../support/doc-blocks.ts';
import { bash } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { call, jobEnded, jobUntil, readJob, readUntil, runJob, submit, type Product } from '../support/product.ts';
import { plainGit } from '../support/sample-repo.ts';
import { processesWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, remains, writeProfile, type World } from '../support/world.ts';

/** The example of the documentation. */
const [EXAMPLE] = blocksOf('docs/profiles.md');

const KEY = 'sk-ant-of-this-test';
const stray = String(200_000_000 + process.pid);

/** Greets as its test wants it, without anything that git ignores. */
const FILES = {
  'package.json': JSON.stringify({
    ...{ name: 'app', version: '1.0.0', type: 'module', dependencies: { polite: 'file:./polite' } },
    scripts: { test: 'echo tested > report.txt && node --test' },
  }),
  'polite/package.json': JSON.stringify({ name: 'polite', version: '1.0.0', type: 'module', main: 'index.js' }),
  'polite/index.js': 'export const polite = (name) => `Dear ${name}`;\n',
  'app.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greet } from './app.js';
test('greets politely', () => assert.equal(greet('Ada'), 'Dear Ada'));
`,
};

const write = (text: string): string => `cat > app.js <<'END'\n${text}\nEND`;
const FIRST = write("export const greet = (name) => 'Hi ' + name;");
const FIXED = write("import { polite } from 'polite';\nexport const greet = polite;");

/** Writes what does not pass, and mends it when it is told so, unless the task says that it cannot. */
const script: Script = ({ task, latest, calls }) => {
  const ran = (command: string): boolean =>
    calls.some(({ input, result }) => (input as { command?: string }).command === command && result !== undefined);
  if (!ran(FIRST)) return bash(FIRST);
  if (latest === task || task.includes('stubborn')) return { text: 'Done.' };
  return ran(FIXED) ? { text: 'Now it greets politely.' } : bash(FIXED);
};

describe('jobs with setup and verify', () => {
  let world: World;
  let api: Product;
  let worker: Product;
  const url = (): string => api.url;

  beforeAll(async () => {
    world = await createWorld({ script, files: FILES, env: { AGENTICORE_SEAT_TIMEOUT_S: '5' } });
    const profile = (name: string, yaml: string): Promise<void> => writeProfile(world, name, `extends: code\n${yaml}`);
    await writeProfile(world, 'node', EXAMPLE?.text ?? '');
    await profile('curious', `setup: ["env; (setsid sleep ${stray} &) ; cat; echo done"]\n`);
    await profile('broken', 'setup: ["echo before", "echo out of luck; exit 3", "echo never"]\n');
    await profile('endless', 'setup: {run: ["sleep 600"], timeout: 1}\n');
    const strict = 'verify: {run: ["node --test"], max_fixes: 0}';
    await profile('strict', `setup: ["npm install --no-audit --no-fund"]\n${strict}\n`);
    const wait = 'test -e .git/go || { echo waiting; sleep 600; }';
    await profile(
      'slow',
      `setup: ["echo once", "${wait}"]\nverify: ["echo again", "test -e .git/on || { echo waiting; sleep 600; }"]\n`,
    );
    api = await world.start('serve', { args: ['--no-worker'] });
    worker = await world.start('worker');
  });
  afterAll(() => world.end());

  const run = (profile: string, task = `greet politely with ${profile}`): Promise<JobRecord> =>
    runJob(url, { task, repo_url: world.repo, profile });

  async function eventsOf(id: string): Promise<StreamEvent[]> {
    const { body } = await call<{ events: { event: StreamEvent }[] }>(api.url, `/jobs/${id}/events?limit=1000`);
    return body.events.map(({ event }) => event);
  }

  const outputOf = (events: readonly StreamEvent[]): string =>
    events.map((event) => (event.type === 'command_output' ? event.text : '')).join('');

  const filesOf = async ({ branch }: JobRecord): Promise<string[]> =>
    (await plainGit(world.repo, 'diff', '--name-only', `main..${branch ?? ''}`)).split('\n');

  const summary = ({ checks }: JobRecord): string[] =>
    checks.map(({ phase, round, outcome }) => `${phase} ${round} ${outcome}`);

  test('the example of the documentation: a cache for the next job, an agent that fixes its work, and only that delivered', async () => {
    const documented = commandsWith('--profile node', 'docs/profiles.md');
    const commands = documented.replace('https://github.com/org/repo', world.repo);
    const program = `agenticore() { '${process.execPath}' '${CLI}' "$@"; }\n`;
    const env = { ...world.env, AGENTICORE_URL: url() };
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', program + commands], { env });
    expect(stdout).toContain('npm run lint --if-present');
    const isThere = ({ jobs }: { jobs: JobRecord[] }): boolean => jobs.length === 1;
    const listed = await readUntil<{ jobs: JobRecord[] }>(url(), '/jobs?profile=node', isThere);
    const first = await readJob(url(), listed.jobs[0]?.id ?? '');
    expect(first).toMatchObject({ status: 'succeeded', error: null });
    expect(summary(first)).toEqual([
      ...['setup 1 passed', 'verify 1 passed', 'verify 1 failed', 'verify 2 passed', 'verify 2 passed'],
    ]);
    expect(await filesOf(first)).toEqual(['app.js']);
    expect(first.warnings.join('\n')).toContain('report.txt');
    const events = await eventsOf(first.id);
    expect(outputOf(events)).toMatch(/added 1 package/);
    expect(events.filter(({ type }) => type === 'stage').map((event) => 'stage' in event && event.stage)).toEqual([
      ...['updating_mirror', 'creating_worktree', 'materializing_profile', 'setting_up', 'running_agent', 'committing'],
      ...['verifying', 'running_agent', 'committing', 'verifying', 'delivering', 'shipping_transcript'],
    ]);
    const second = await run('node');
    expect(outputOf(await eventsOf(second.id))).not.toMatch(/added 1 package/);
    expect(second.status).toBe('succeeded');
  });

  test('a command has no credential of the model and no input, and nothing of it outlives it', async () => {
    const job = await run('curious');
    expect(job.status).toBe('succeeded');
    const output = outputOf(await eventsOf(job.id));
    expect(output).toMatch(/^PATH=/m);
    expect(output).toMatch(/^done$/m);
    expect(output).not.toMatch(/ANTHROPIC|sk-ant/);
    expect(output).not.toContain(KEY);
    expect(processesWith(stray)).toEqual([]);
  });

  test('a setup that fails or does not end in time fails its job before a model is asked, and leaves nothing', async () => {
    const [broken, endless] = await Promise.all([run('broken'), run('endless')]);
    expect(broken).toMatchObject({
      status: 'failed',
      error_code: 'setup_failed',
      error_stage: 'setting_up',
      sha: null,
    });
    expect(broken.error).toMatch(/exit code 3[^]*out of luck/);
    expect(summary(broken)).toEqual(['setup 1 passed', 'setup 1 failed', 'setup 1 skipped']);
    expect(endless).toMatchObject({ error_code: 'setup_failed', checks: [{ outcome: 'timed_out' }] });
    expect(world.model.turns('with broken')).toEqual([]);
    expect([...remains(world, broken.id), ...remains(world, endless.id)]).toEqual([]);
  });

  test('work that does not pass is kept, and a retry tells the agent in its session what failed', async () => {
    const failed = await run('strict');
    expect(failed).toMatchObject({
      status: 'failed',
      error_code: 'verify_failed',
      error_stage: 'verifying',
      branch: null,
    });
    expect(failed.error).toMatch(/Hi Ada/);
    expect(failed.worktree_path).not.toBeNull();
    const { body } = await call<{ job: JobRecord }>(api.url, `/jobs/${failed.id}/retry`, { json: {} });
    expect(body.job.retry_from).toBe('session');
    const retried = await jobEnded(url, body.job.id);
    expect(retried).toMatchObject({ status: 'succeeded', error: null });
    // Its worktree was set up by the job before.
    expect(summary(retried)).toEqual(['setup 1 passed', 'verify 1 passed']);
    expect((await eventsOf(retried.id)).map((event) => 'stage' in event && event.stage)).not.toContain('setting_up');
    expect(await filesOf(retried)).toEqual(['app.js']);
    const asked = world.model.turns('with strict').map(({ conversation }) => conversation?.latest ?? '');
    expect(asked.some((words) => words.includes('It failed with') && words.includes('Hi Ada'))).toBe(true);
  });

  test('a job whose worker is killed in setup and in verify runs no command twice that had ended', async () => {
    const { id } = await submit(api.url, { task: 'greet politely with slow', repo_url: world.repo, profile: 'slow' });
    const waits = (times: number): Promise<boolean> =>
      until(async () => outputOf(await eventsOf(id)).split('waiting').length > times);
    const goOn = async (flag: string): Promise<void> => {
      await worker.kill();
      await writeFile(join(world.dir, 'data', 'worktrees', id, '.git', flag), '');
      worker = await world.start('worker');
    };
    await waits(1);
    await goOn('go');
    await jobUntil(url, id, ({ stage }) => stage === 'verifying');
    await waits(2);
    await goOn('on');
    const job = await jobEnded(url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 3 });
    const started = (await eventsOf(id)).flatMap((event) => (event.type === 'command_started' ? event.command : []));
    expect(started.map((command) => command.slice(0, 10))).toEqual([
      ...['echo once', 'test -e .g', 'test -e .g'],
      ...['echo again', 'test -e .g', 'test -e .g'],
    ]);
    expect(world.model.turns('with slow')).toHaveLength(2);
    expect(await filesOf(job)).toEqual(['app.js']);
  });
});
