import type { Command } from 'commander';
import { registerAttach } from './commands/attach.ts';
import { registerAudit } from './commands/audit.ts';
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
import { registerAgents } from './commands/agents.ts';
import { registerHooks } from './commands/hooks.ts';
import { registerProfiles } from './commands/profiles.ts';
import { registerRetry } from './commands/retry.ts';
import { registerRun } from './commands/run.ts';
import { registerServe } from './commands/serve.ts';
import { registerSession } from './commands/session.ts';
import { registerStatus } from './commands/status.ts';
import { registerSubmit } from './commands/submit.ts';
import { registerTemporal } from './commands/temporal.ts';
import { registerStats } from './commands/stats.ts';
import { registerUsage } from './commands/usage.ts';
import { registerTop } from './commands/top.ts';
import { registerVersion } from './commands/version.ts';
import { registerWorker } from './commands/worker.ts';
import { registerWorktrees } from './commands/worktrees.ts';
import { addExamples } from './examples.ts';
import { addCommonOptions } from './command.ts';
import { createCommandLine } from './command-line.ts';

/** The end of the program's help. */
export const EPILOGUE = `
Environment:
  AGENTICORE_URL      URL of the server, like --url; without both, AGENTICORE_HOST and AGENTICORE_PORT give it
  AGENTICORE_API_KEY  API key for the server
  NO_COLOR            no colours
  FORCE_COLOR         colours also without a terminal

Exit codes:
  0    success; run, retry, submit --wait: the job succeeded; plan --wait: the plan is ready; cancel: the job is cancelled;
       session wait, session send --wait and deliver --wait: the run succeeded
  1    the job or run did not succeed or does not exist; profiles check, doctor, gc: a check or a deletion failed;
       audit: something differs
  2    the command line is wrong, no server answers, or the server refuses
  124  session wait: the time of --timeout-s was over before the run
  130  Ctrl-C stopped run or retry from watching; the job continues

A task that starts with a dash needs -- before it: agenticore run -- "-v prints nothing: fix it"
`;

/** The command line of agenticore. */
export function createProgram(): Command {
  const program = createCommandLine(
    'agenticore',
    'Coding agents as durable workflows: a task on a repository goes in, a pull request comes out.',
  )
    .enablePositionalOptions()
    .addHelpText('after', EPILOGUE);
  addCommonOptions(program);
  const running = [
    registerServe,
    registerWorker,
    registerRun,
    registerSubmit,
    registerJobs,
    registerJob,
    registerLogs,
    registerTop,
  ];
  const planning = [registerPlan, registerPlans, registerExecutePlan];
  const sessions = [registerSession, registerAttach];
  const others = [
    registerCancel,
    registerRetry,
    registerAudit,
    registerStats,
    registerUsage,
    registerWorktrees,
    registerProfiles,
    registerStatus,
  ];
  const machine = [registerAgents, registerHooks, registerDoctor, registerGc, registerConfig];
  const rest = [registerCompletion, registerMcp, registerTemporal, registerVersion];
  for (const register of [...running, ...planning, ...sessions, ...others, ...machine, ...rest]) register(program);
  addExamples(program);
  return program;
}
