import { Context } from '@temporalio/activity';
import { Failure } from '../contract/shared/failures.ts';
import type { CommandRun } from '../contract/workflow/checks.ts';
import type { CommandStep } from '../contract/workflow/command-steps.ts';
import { startContained } from '../processes/start-contained.ts';
import type { RunningProcess } from '../processes/spawn.ts';
import { exitWithin, killTree } from '../processes/tree.ts';
import { jobEnvironment, passed } from '../runners/environment.ts';
import { maskOf } from '../runners/secrets.ts';
import { CommandOutput } from './command-output.ts';
import type { Deps } from './deps.ts';
import { jobPaths } from './paths.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { Step } from './step.ts';
import { readStoredProfile } from './stored-profile.ts';

/** How often the server is told that the command still runs (milliseconds). */
const HEARTBEAT_MS = 1_000;

/** How long what a command has written may still come when it has ended (milliseconds). */
const LAST_WORDS_MS = 2_000;

/** Merges both outputs and gives an empty input. */
const SHELL = ['-c', 'exec /bin/sh -c "$1" 2>&1 </dev/null', 'sh'];

/**
 * Runs one shell command of the profile in the job's worktree, as its agent could, but without the credentials of the
 * agent's model, and writes its output to the job's events. None of its processes outlives it. One that does not pass
 * is no error.
 */
export const runCommand: Step<CommandStep, CommandRun> = async (deps, step, _seat, signal) => {
  const { phase, round, command, job_id, first } = step;
  const writer = deps.writers.of(job_id);
  const stage = phase === 'setup' ? 'setting_up' : 'verifying';
  const { host } = deps.settings;
  await writer.write([
    ...(first ? [{ type: 'stage' as const, stage, host } as const] : []),
    { type: 'command_started', phase, round, command },
  ]);
  const beat = setInterval(() => Context.current().heartbeat(), HEARTBEAT_MS);
  try {
    const ran = await run(deps, step, signal);
    const { outcome, exit_code, duration_ms } = ran;
    await writer.write([{ type: 'command_ended', phase, round, command, outcome, exit_code, duration_ms }]);
    return outcome === 'passed' ? { ...ran, output: '' } : ran;
  } finally {
    clearInterval(beat);
  }
};

async function run(deps: Deps, step: CommandStep, signal: AbortSignal): Promise<CommandRun> {
  const { running, env } = await start(deps, step);
  const writer = deps.writers.of(step.job_id);
  const output = new CommandOutput((event) => writer.write([event]));
  const begun = performance.now();
  const mask = maskOf(env);
  const leash = leashOf(running, step.timeout_ms, signal);
  let isReadable = true;
  try {
    for await (const line of running.lines) output.add(mask.text(line));
    await exitWithin(running, LAST_WORDS_MS);
  } catch (error) {
    // A line without an end that no memory should hold.
    if (!(error instanceof Failure)) throw error;
    output.add(error.message);
    isReadable = false;
  } finally {
    await leash.end();
  }
  signal.throwIfAborted();
  const { code } = await running.exited;
  const outcome = leash.timedOut() ? 'timed_out' : code === 0 && isReadable ? 'passed' : 'failed';
  const duration_ms = Math.round(performance.now() - begun);
  return { outcome, exit_code: outcome === 'timed_out' ? null : code, duration_ms, output: await output.end() };
}

interface Leash {
  timedOut: () => boolean;
  /** Resolves when nothing of the program lives. */
  end: () => Promise<void>;
}

/** Kills a program after `timeoutMs`, when `signal` aborts, and what it leaves running soon after its end. */
function leashOf(running: RunningProcess, timeoutMs: number, signal: AbortSignal): Leash {
  let timedOut = false;
  let killed: Promise<void> | undefined;
  const kill = (): Promise<void> => (killed ??= killTree(running));
  const timer = setTimeout(() => {
    timedOut = true;
    void kill();
  }, timeoutMs);
  const onAbort = (): void => void kill();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  // Its output would not end before them.
  void running.exited.then(() => setTimeout(onAbort, LAST_WORDS_MS).unref());
  return {
    timedOut: () => timedOut,
    end: async () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      await kill();
    },
  };
}

async function start(
  { settings, agents }: Deps,
  step: CommandStep,
): Promise<{ running: RunningProcess; env: Record<string, string> }> {
  const { worktree, config, home, tmp, marker, profile } = jobPaths(settings, step);
  const { agent, sandbox, env: names } = await readStoredProfile(profile);
  const more = names.filter((name) => !agents[agent].passedVariables.includes(name));
  const { author, toolchains } = settings;
  const env = {
    ...passed(settings.env, more),
    ...jobEnvironment(settings.env, { home, tmp, worktree, author, toolchains }),
  };
  const { writable, ...rules } = confinementOf(settings, step, step.repo_url);
  const running = await startContained(
    { file: '/bin/sh', args: [...SHELL, step.command], cwd: worktree, env, marker },
    {
      ...rules,
      // Nobody but the agent writes what it is started with, and what it remembers.
      writable: writable.filter((path) => path !== config),
      network: true,
      sandbox,
      missing: 'internal',
    },
  );
  running.stdin.end();
  return { running, env };
}
