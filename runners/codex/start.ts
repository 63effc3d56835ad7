import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../../contract/shared/failures.ts';
import { findProgram, type RunningProcess } from '../../processes/spawn.ts';
import type { AgentRun } from '../agent.ts';
import { startAgent } from '../contained-agent.ts';
import { configArgs, TOKEN_VARIABLE } from './config.ts';
import type { Gateway } from './gateway.ts';
import { HOME_PARTS, SERVERS_FILE } from './materialize.ts';
import type { CodexOptions } from './options.ts';
import type { Permissions } from './permissions.ts';
import { ROLLOUTS, THREADS } from './sessions.ts';

/** Variables of the worker that only the gateway needs. */
export const PROVIDER_VARIABLES = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_ORGANIZATION', 'OPENAI_PROJECT'];

/**
 * Starts `codex app-server` in its containment. In a sandbox its home directory is empty but for the profile's files,
 * which are read-only, and the transcripts: what an agent writes there would count at the next start.
 */
export async function startCodex(
  binary: string,
  run: AgentRun,
  { options, permissions, gateway }: { options: CodexOptions; permissions: Permissions; gateway: Gateway },
): Promise<RunningProcess> {
  const settings = await configArgs(run, { ...options, ...permissions }, gateway);
  const args = ['app-server', '--stdio', ...run.invocation.args, ...settings];
  const env = environmentOf(run, gateway);
  const found = await findProgram({ file: binary, args, cwd: run.cwd, env }, 'agent_missing');
  const file = await nativeProgram(found);
  await clearHome(run.configDir);
  const at = (name: string): string => join(run.configDir, name);
  return startAgent(
    {
      ...run,
      readOnly: run.readOnly || options.sandbox_mode === 'read-only',
      writable: run.writable.filter((path) => path !== run.configDir),
    },
    { file, args, env },
    // Beside the program lie others that it needs.
    { hidden: [run.configDir], readable: [...HOME_PARTS.map(at), dirname(dirname(file))], writable: [at(ROLLOUTS)] },
  );
}

function environmentOf(run: AgentRun, gateway: Gateway): Record<string, string> {
  const given = Object.entries({ ...run.env, ...run.invocation.env });
  const env = Object.fromEntries(given.filter(([name]) => !PROVIDER_VARIABLES.includes(name)));
  const direct = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1'].filter(Boolean).join(',');
  return { ...env, NO_PROXY: direct, no_proxy: direct, [TOKEN_VARIABLE]: gateway.token };
}

/** The npm package brings a launcher in JavaScript; killed, it would leave the program itself alive. */
async function nativeProgram(found: string): Promise<string> {
  const real = await realpath(found);
  if (!real.endsWith('.js')) return real;
  try {
    const manifest = createRequire(real).resolve(`@openai/codex-${process.platform}-${process.arch}/package.json`);
    const vendor = join(dirname(manifest), 'vendor');
    const [target = ''] = await readdir(vendor);
    return resolve(vendor, target, 'bin', 'codex');
  } catch (cause) {
    const message = `The npm package of ${found} lacks the program for this machine: install it with its optional dependencies.`;
    throw new Failure('agent_missing', message, { cause });
  }
}

/** Without a sandbox an earlier agent could write here. */
async function clearHome(configDir: string): Promise<void> {
  const kept = new Set([...HOME_PARTS, SERVERS_FILE, ROLLOUTS, THREADS]);
  for (const name of await readdir(configDir))
    if (!kept.has(name)) await rm(join(configDir, name), { recursive: true, force: true });
  await mkdir(join(configDir, ROLLOUTS), { recursive: true, mode: 0o700 });
}
