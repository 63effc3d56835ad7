import { Command } from 'commander';
import { registerCancel } from './commands/cancel.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConfig } from './commands/config.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerGc } from './commands/gc.ts';
import { registerJob } from './commands/job.ts';
import { registerJobs } from './commands/jobs.ts';
import { registerLogs } from './commands/logs.ts';
import { registerMcp } from './commands/mcp.ts';
import { registerExecutePlan } from './commands/execute-plan.ts';
import { registerPlan } from './commands/plan.ts';
import { registerPlans } from './commands/plans.ts';
import { registerProfiles } from './commands/profiles.ts';
import { registerRetry } from './commands/retry.ts';
import { registerRun } from './commands/run.ts';
import { registerServe } from './commands/serve.ts';
import { registerStatus } from './commands/status.ts';
import { registerSubmit } from './commands/submit.ts';
import { registerTemporal } from './commands/temporal.ts';
import { registerVersion } from './commands/version.ts';
import { registerWorker } from './commands/worker.ts';
import { registerWorktrees } from './commands/worktrees.ts';
import { addExamples } from './examples.ts';
import { addCommonOptions } from './command.ts';
import { readVersion } from './version.ts';

/** What stands below the help of the program. */
export const EPILOGUE = `
Environment:
  AGENTICORE_URL      address of the server, like --url; else AGENTICORE_HOST and AGENTICORE_PORT say where it listens
  AGENTICORE_API_KEY  key that the server asks for
  NO_COLOR            no colours; FORCE_COLOR: colours without a terminal too

Exit codes:
  0  done; for run, retry and submit --wait: the job succeeded; for plan --wait: the plan is ready; for cancel: the job is cancelled
  1  the job did not succeed, or there is no such job; profiles check, doctor and gc: something is wrong
  2  the command line is wrong, no server answers, or it refuses
  130  run or retry was left by Ctrl-C: the job goes on

A task that begins with a dash comes after two: agenticore run -- "-v prints nothing: fix it"
`;

/** The command line, ready to be parsed. Throws CommanderError where commander would end the process. */
export function createProgram(): Command {
  const program = new Command('agenticore')
    .description('Coding agents as durable workflows: a task on a repository goes in, a pull request comes out.')
    .version(readVersion(), '-V, --version', 'print the version of this program')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .showHelpAfterError('See: agenticore --help')
    .addHelpText('after', EPILOGUE);
  addCommonOptions(program);
  const verbs = [registerServe, registerWorker, registerRun, registerSubmit, registerJobs, registerJob, registerLogs];
  const planning = [registerPlan, registerPlans, registerExecutePlan];
  const others = [registerCancel, registerRetry, registerWorktrees, registerProfiles, registerStatus];
  const machine = [registerDoctor, registerGc, registerConfig];
  const rest = [registerCompletion, registerMcp, registerTemporal, registerVersion];
  for (const register of [...verbs, ...planning, ...others, ...machine, ...rest]) register(program);
  addExamples(program);
  return program;
}
