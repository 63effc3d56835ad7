import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, type RunningProcess } from '../../processes/spawn.ts';
import type { AgentRun } from '../agent.ts';
import { startAgent } from '../contained-agent.ts';
import { claudeArgs } from './args.ts';
import { APPENDED_PROMPT } from './materialize.ts';
import { telemetryVariables } from './telemetry.ts';

/** Starts the CLI at `binary` in its containment. Throws `agent_missing` where there is none. */
export async function startClaude(binary: string, run: AgentRun): Promise<RunningProcess> {
  const args = claudeArgs(run, await writeAppended(run));
  const { telemetry } = run;
  const { NO_PROXY, no_proxy } = run.env;
  const told = telemetry === undefined ? {} : telemetryVariables(telemetry, NO_PROXY ?? no_proxy);
  const env = { ...run.env, ...run.invocation.env, ...told };
  const file = await findProgram({ file: binary, args, cwd: run.cwd, env }, 'agent_missing');
  return startAgent(run, { file, args, env }, { writable: [run.configDir] });
}

async function writeAppended(run: AgentRun): Promise<string | undefined> {
  if (run.systemPrompt === undefined) return undefined;
  const path = join(run.configDir, APPENDED_PROMPT);
  // The agent of an earlier attempt could write here: a link it left must not be followed.
  await rm(path, { force: true });
  await writeFile(path, run.systemPrompt, { flag: 'wx' });
  return path;
}
