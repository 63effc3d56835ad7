import { realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { RunningProcess } from '../processes/spawn.ts';
import { startContained } from '../processes/start-contained.ts';
import type { AgentRun } from './agent.ts';

/** What an agent may do with its own configuration directory, beside what its run says. Paths are absolute. */
interface ConfigAccess {
  writable: string[];
  readable?: string[];
  hidden?: string[];
}

/**
 * Starts the program at `file` as the agent of `run`, in its containment: it writes what the run says, its temporary
 * directory and what `config` gives it.
 */
export async function startAgent(
  run: AgentRun,
  { file, args, env }: { file: string; args: string[]; env: Record<string, string> },
  config: ConfigAccess,
): Promise<RunningProcess> {
  const writable = [...config.writable, ...(env.TMPDIR === undefined ? [] : [env.TMPDIR]), ...run.writable];
  const readable = [...(config.readable ?? []), ...(await programFolders(run, file)), ...run.readable];
  (run.readOnly ? readable : writable).push(run.cwd);
  return startContained(
    { file, args, cwd: run.cwd, env, marker: run.marker },
    {
      sandbox: run.sandbox,
      missing: 'agent_missing',
      network: true,
      writable,
      readable,
      hidden: [...run.hidden, ...(config.hidden ?? [])],
      directories: await Promise.all([run.cwd, run.configDir].map((path) => realpath(path))),
    },
  );
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
