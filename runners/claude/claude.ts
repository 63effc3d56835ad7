import { realpath, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { AgentEvent } from '../../contract/shared/events.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { startContained } from '../../processes/start-contained.ts';
import { findProgram, type Command, type RunningProcess } from '../../processes/spawn.ts';
import { exitWithin } from '../../processes/tree.ts';
import { claudeArgs, interruptRequest, userMessage } from './args.ts';
import type { Outcome } from './outcome.ts';
import { createReader } from './reader.ts';
import { withoutSecrets } from '../environment.ts';
import { watchOver } from '../lifetime.ts';
import type { AgentRun, Runner } from '../runner.ts';

/** Most characters of stderr in a failure. */
const MAX_STDERR = 1_500;

/** How long a program may take from the end of its output to its own. */
const EXIT_MS = 1_000;

/** Runs Claude Code, one turn per process. */
export const claude: Runner = { run: runClaude };

async function* runClaude(run: AgentRun, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
  try {
    const outcome = yield* runOnce(run, signal);
    if (outcome !== 'in_use') {
      yield outcome;
      return;
    }
    // A run that died before it was recorded had begun this session.
    yield { type: 'restarted', reason: 'An earlier run started this session; it is resumed.' };
    const second = yield* runOnce({ ...run, resume: true }, signal);
    yield second === 'in_use'
      ? { type: 'failed', code: 'agent_stopped', message: 'The session is in use by another agent.' }
      : second;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    yield { type: 'failed', code: error.type, message: error.message };
  }
}

/** One process from start to end; yields everything but the outcome, which is returned when the tree is dead. */
async function* runOnce(run: AgentRun, signal: AbortSignal): AsyncGenerator<AgentEvent, Outcome | 'in_use'> {
  signal.throwIfAborted();
  const process = await startClaude(run);
  const lifetime = watchOver(process, { timeoutMs: run.timeout_ms, signal, interrupt: interruptRequest() });
  const read = createReader(run);
  let outcome: Outcome | undefined;
  try {
    // Stdin stays open until the result: closed early, the CLI loses its last words.
    process.stdin.write(userMessage(run));
    for await (const line of process.lines) {
      // What comes after the outcome is read too, or the CLI could not end.
      if (outcome !== undefined || signal.aborted || lifetime.timedOut()) continue;
      // The agent has its model's key and can read it out; what it says is kept.
      const reading = await read(withoutSecrets(line, run.env));
      yield* reading.events;
      if (reading.reply !== undefined) process.stdin.write(reading.reply);
      outcome = reading.outcome;
      if (outcome !== undefined) lifetime.finish();
      if (isRefusal(outcome)) break;
    }
    // Its output ends before it does; killed in between, it would not tell its exit code.
    if (outcome === undefined) await exitWithin(process, EXIT_MS);
  } finally {
    await lifetime.end();
  }
  signal.throwIfAborted();
  return outcome ?? withoutResult(process, run, lifetime.timedOut());
}

/** With a refused credential the CLI would go on trying. */
const isRefusal = (outcome: Outcome | undefined): boolean =>
  outcome?.type === 'failed' && outcome.code === 'agent_auth_failed';

async function withoutResult(process: RunningProcess, run: AgentRun, timedOut: boolean): Promise<Outcome | 'in_use'> {
  if (timedOut) {
    const message = `The agent did not end within ${Math.round(run.timeout_ms / 1000)} s and was stopped.`;
    return { type: 'failed', code: 'timeout', message };
  }
  const { code, signal } = await process.exited;
  const stderr = withoutSecrets(process.stderrTail().trim(), run.env);
  if (!run.resume && stderr.includes('is already in use')) return 'in_use';
  const words = stderr === '' ? '' : `: ${stderr.slice(-MAX_STDERR)}`;
  return {
    type: 'failed',
    code: 'agent_stopped',
    message: `The agent ended without a result (${signal ?? `exit ${code}`})${words}`,
  };
}

async function startClaude(run: AgentRun): Promise<RunningProcess> {
  const args = claudeArgs(run, await writeAppended(run));
  const command: Command = { file: run.binary, args, cwd: run.cwd, env: run.env, marker: run.marker };
  const file = await findProgram(command, 'agent_missing');
  const writable = [run.config_dir, ...(run.env.TMPDIR === undefined ? [] : [run.env.TMPDIR]), ...run.writable];
  const readable = [...(await programFolders(run, file)), ...run.readable];
  (run.read_only ? readable : writable).push(run.cwd);
  return startContained(
    { ...command, file },
    {
      ...{ sandbox: run.sandbox, missing: 'agent_missing', network: true },
      ...{ writable, readable, hidden: run.hidden },
      directories: await Promise.all([run.cwd, run.config_dir].map((path) => realpath(path))),
    },
  );
}

async function writeAppended(run: AgentRun): Promise<string | undefined> {
  if (run.append_system_prompt === undefined) return undefined;
  const path = join(run.config_dir, 'append-system-prompt.md');
  // The agent of an earlier attempt could write here: a link it left must not be followed.
  await rm(path, { force: true });
  await writeFile(path, run.append_system_prompt, { flag: 'wx' });
  return path;
}

/** Where programs lie, which the agent needs even when they are in the user's home: the CLI, PATH, and Node's global packages. */
async function programFolders(run: AgentRun, file: string): Promise<string[]> {
  const node = dirname(process.execPath);
  const path = (run.env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return [dirname(file), dirname(await realpath(file)), ...path, node, join(node, '../lib/node_modules')];
}
