import { realpath, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { findProgram, type Command, type RunningProcess } from '../../processes/spawn.ts';
import { startContained } from '../../processes/start-contained.ts';
import type { AgentRun } from '../agent.ts';
import { claudeArgs } from './args.ts';
import { APPENDED_PROMPT } from './materialize.ts';

/** Starts the CLI at `binary` in its containment. Throws `agent_missing` where there is none. */
export async function startClaude(binary: string, run: AgentRun): Promise<RunningProcess> {
  const args = claudeArgs(run, await writeAppended(run));
  const env = { ...run.env, ...run.invocation.env };
  const command: Command = { file: binary, args, cwd: run.cwd, env, marker: run.marker };
  const file = await findProgram(command, 'agent_missing');
  const writable = [run.configDir, ...(env.TMPDIR === undefined ? [] : [env.TMPDIR]), ...run.writable];
  const readable = [...(await programFolders(run, file)), ...run.readable];
  (run.readOnly ? readable : writable).push(run.cwd);
  return startContained(
    { ...command, file },
    {
      sandbox: run.sandbox,
      missing: 'agent_missing',
      network: true,
      writable,
      readable,
      hidden: run.hidden,
      directories: await Promise.all([run.cwd, run.configDir].map((path) => realpath(path))),
    },
  );
}

async function writeAppended(run: AgentRun): Promise<string | undefined> {
  if (run.systemPrompt === undefined) return undefined;
  const path = join(run.configDir, APPENDED_PROMPT);
  // The agent of an earlier attempt could write here: a link it left must not be followed.
  await rm(path, { force: true });
  await writeFile(path, run.systemPrompt, { flag: 'wx' });
  return path;
}

/**
 * Where programs lie, which the agent needs even when they are in the user's home: the CLI, PATH, and Node's global
 * packages.
 */
async function programFolders(run: AgentRun, file: string): Promise<string[]> {
  const node = dirname(process.execPath);
  const path = (run.env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return [dirname(file), dirname(await realpath(file)), ...path, node, join(node, '../lib/node_modules')];
}
