import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { packageRoot } from '../../config/index.ts';
import { serverEnvironment, type Place } from '../demo-place.ts';

/** The agent's CLI without agenticore: what nothing built on it can be quicker than. */
const claude = join(packageRoot, 'node_modules', '.bin', 'claude');

const PERSON = { GIT_AUTHOR_NAME: 'b', GIT_AUTHOR_EMAIL: 'b@b', GIT_COMMITTER_NAME: 'b', GIT_COMMITTER_EMAIL: 'b@b' };

/** Milliseconds of a task by the CLI alone, in a clone that is already there. */
export async function bareTask(place: Place, modelUrl: string, task: string): Promise<number> {
  return inHome(place, modelUrl, async (dir, env) => {
    await promisify(execFile)('git', ['clone', '--quiet', place.repo, join(dir, 'clone')]);
    const permissions = ['--permission-mode', 'bypassPermissions'];
    const flags = ['-p', '--model', 'sonnet', ...permissions, '--output-format', 'json', task];
    const begun = performance.now();
    const child = spawn(claude, flags, {
      cwd: join(dir, 'clone'),
      env: { ...env, ...PERSON },
      stdio: 'ignore',
    });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`the bare CLI ended with ${code}`);
    return performance.now() - begun;
  });
}

/** Milliseconds from a message to the first words of the CLI that is started for it. */
export async function bareFirstWords(place: Place, modelUrl: string): Promise<number> {
  return inHome(place, modelUrl, async (dir, env) => {
    const flags = ['-p', 'say it', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'];
    const begun = performance.now();
    const child = spawn(claude, flags, { cwd: dir, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let first: number | undefined;
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('"text_delta"')) first ??= performance.now() - begun;
    if (first === undefined) throw new Error('the bare CLI has said nothing');
    return first;
  });
}

async function inHome(
  place: Place,
  modelUrl: string,
  work: (dir: string, env: NodeJS.ProcessEnv) => Promise<number>,
): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-bench-'));
  try {
    const env = { ...serverEnvironment(place, '', modelUrl), HOME: dir, CLAUDE_CONFIG_DIR: dir, IS_SANDBOX: '1' };
    return await work(dir, env);
  } finally {
    await rm(dir, { recursive: true });
  }
}
