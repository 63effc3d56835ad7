import { ApplicationFailure } from '@temporalio/workflow';
import { outcomeWords } from '../contract/workflow/checks.ts';
import { defined } from '../contract/shared/defined.ts';
import type { CommandCheck, CheckPhase, CommandRun, Commands, FailedCommand } from '../contract/workflow/checks.ts';
import type { FailureType } from '../contract/shared/failures.ts';
import type { JobOnHost } from './job-context.ts';

/** Most characters of a command in what is told of it. */
const MAX_COMMAND = 200;

/** Most characters of the end of its output there. */
const MAX_SAID = 1_500;

interface Round {
  phase: CheckPhase;
  round: number;
  commands: Commands;
  /** What has been recorded so far, this round and earlier ones. */
  known: readonly CommandCheck[];
  /** Records what has become known. */
  record: (checks: readonly CommandCheck[], failed?: FailedCommand) => void;
}

/**
 * Runs the commands of a phase in their order, but for those whose end is recorded. Answers the first that does not
 * pass; those after it are skipped.
 */
export async function runCommands(on: JobOnHost, at: Round): Promise<FailedCommand | undefined> {
  const { phase, round, commands } = at;
  const of = (check: CommandCheck): boolean => check.phase === phase && check.round === round;
  const checks = [...at.known];
  let first = true;
  for (const [index, command] of commands.run.entries()) {
    const ours = checks.filter(of);
    if (ours[index]?.command === command) continue;
    const leftMs = commands.timeout_s * 1_000 - ours.reduce((sum, { duration_ms }) => sum + duration_ms, 0);
    const ran = await runOne(on, { phase, round, command, first, timeout_ms: Math.max(1_000, leftMs) });
    first = false;
    const { output, ...end } = ran;
    checks.push({ phase, round, command, ...end });
    const failed = ran.outcome === 'passed' ? undefined : { phase, command, ...end, output };
    if (failed) checks.push(...commands.run.slice(index + 1).map((each) => skipped(phase, round, each)));
    at.record([...checks], failed);
    if (failed) return failed;
  }
  return undefined;
}

const skipped = (phase: CheckPhase, round: number, command: string): CommandCheck => ({
  ...{ phase, round, command },
  ...{ outcome: 'skipped', exit_code: null, duration_ms: 0 },
});

function runOne(
  { job, at, steps }: JobOnHost,
  step: Pick<CommandCheck, 'phase' | 'round' | 'command'> & { first: boolean; timeout_ms: number },
): Promise<CommandRun> {
  const { repo_url } = job.spec;
  const { runCommand } = steps.command(step.timeout_ms);
  return runCommand({ ...at, ...step, ...defined({ repo_url }) });
}

/** What happened, as a sentence: "`npm test` failed with exit code 1". */
export function describeCommand({ command, outcome, exit_code }: Omit<FailedCommand, 'output'>): string {
  const name = command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND)}…` : command;
  return `\`${name}\` ${outcomeWords({ outcome, exit_code })}`;
}

/** The same with its phase and the end of what it wrote. */
export function describeFailure(failed: FailedCommand): string {
  const said = failed.output.trim().slice(-MAX_SAID);
  return `${failed.phase}: ${describeCommand(failed)}.${said === '' ? '' : ` It wrote:\n${said}`}`;
}

/** The failure of a job by a command of its profile. */
export const commandFailure = (type: FailureType, failed: FailedCommand): ApplicationFailure =>
  ApplicationFailure.nonRetryable(describeFailure(failed), type);
