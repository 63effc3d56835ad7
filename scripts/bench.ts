import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '../cli/client.ts';
import { loadConfig, packageRoot } from '../config/index.ts';
import { JobReply } from '../contract/http/job-record.ts';
import { findTemporal } from '../temporal-config/dev-server/binary.ts';
import { measureFirstWords } from './bench-session.ts';
import { createPlace, serverEnvironment, type Place } from './demo-place.ts';
import { startServer } from './demo-server.ts';
import { fixingAgent } from '../tests/support/model/scripts.ts';
import { startScriptedModel } from '../tests/support/model/scripted-model.ts';

// Measures jobs beside the bare CLI, turn about in one run, so that both meet the same machine. Prints, asserts
// nothing.

const ROUNDS = Number(process.argv[2] ?? 7);
const BURST = 20;
const COMMIT = 'echo fixed > fix.txt && git add -A && git commit -q -m fix';
const TASK = 'fix it';

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

/** The agent by itself, in a clone that is already there: what no orchestrator can be quicker than. */
async function bareCli(place: Place, modelUrl: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-bench-'));
  try {
    await promisify(execFile)('git', ['clone', '--quiet', place.repo, join(dir, 'clone')]);
    const env = { ...serverEnvironment(place, '', modelUrl), HOME: dir, CLAUDE_CONFIG_DIR: dir, IS_SANDBOX: '1' };
    const person = {
      GIT_AUTHOR_NAME: 'b',
      GIT_AUTHOR_EMAIL: 'b@b',
      GIT_COMMITTER_NAME: 'b',
      GIT_COMMITTER_EMAIL: 'b@b',
    };
    const flags = [
      '-p',
      '--model',
      'sonnet',
      '--permission-mode',
      'bypassPermissions',
      '--output-format',
      'json',
      TASK,
    ];
    return await milliseconds(async () => {
      const claude = join(packageRoot, 'node_modules', '.bin', 'claude');
      const child = spawn(claude, flags, { cwd: join(dir, 'clone'), env: { ...env, ...person }, stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number];
      if (code !== 0) throw new Error(`the bare CLI ended with ${code}`);
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function job(url: string, repo: string): Promise<void> {
  const body = JSON.stringify({ task: TASK, repo_url: repo, wait: true });
  const response = await fetch(`${url}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { job: done } = JobReply.parse(await response.json());
  if (done.status !== 'succeeded') throw new Error(`a job ended ${done.status}: ${done.error ?? ''}`);
}

/** The slowest of `/health` while `work` goes on. */
async function slowestHealth(client: Client, work: Promise<unknown>): Promise<number> {
  let slowest = 0;
  let going = true;
  const watch = (async () => {
    while (going) slowest = Math.max(slowest, await milliseconds(() => client.health()));
  })();
  await work;
  going = false;
  await watch;
  return slowest;
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const row = (name: string, value: string): void => console.log(`${name.padEnd(44)} ${value}`);
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const spread = (values: number[]): string =>
  `${seconds(median(values))}   (${seconds(Math.min(...values))} to ${seconds(Math.max(...values))})`;

async function bench(): Promise<void> {
  const place = await createPlace();
  const fix = fixingAgent({ commands: [COMMIT] });
  const model = await startScriptedModel((asked) => (asked.task === TASK ? fix(asked) : { text: 'This is it.' }));
  const usual = serverEnvironment(place, await findTemporal(loadConfig()), model.url);
  const environment = { ...usual, AGENT_MODE: 'true' };
  const server = await startServer(place.dir, environment, new AbortController().signal);
  try {
    const client = new Client(server.url);
    await job(server.url, place.repo);
    const bare: number[] = [];
    const jobs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await bareCli(place, model.url));
      jobs.push(await milliseconds(() => job(server.url, place.repo)));
    }
    row(
      `load before and now, ${ROUNDS} rounds`,
      loadavg()
        .map((load) => load.toFixed(1))
        .join(' '),
    );
    row('bare CLI, edit and commit', spread(bare));
    row('job, submit to delivered branch', spread(jobs));
    row('what agenticore adds (medians)', seconds(median(jobs) - median(bare)));
    const words = await measureFirstWords({ url: server.url, place, modelUrl: model.url }, ROUNDS);
    row('bare CLI, message to first words', spread(words.bare));
    row('session, first message to first words', spread(words.cold));
    row('session, next message to first words', spread(words.warm));
    row('chat with a spare agent, to first words', spread(words.spare));
    row('spare agent beside the bare CLI', (median(words.spare) / median(words.bare)).toFixed(2));
    row('next message beside the bare CLI', (median(words.warm) / median(words.bare)).toFixed(2));
    const burst = Promise.all(Array.from({ length: BURST }, () => job(server.url, place.repo)));
    const health = slowestHealth(client, burst);
    row(`${BURST} jobs at once, 3 seats`, seconds(await milliseconds(() => burst)));
    row('slowest /health meanwhile', `${(await health).toFixed(0)} ms`);
  } finally {
    await server.stop();
    await model.close();
    await place.remove();
  }
}

await bench();
