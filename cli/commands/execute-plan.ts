import type { Command } from 'commander';
import { findPlanId } from '../job-id.ts';
import { addAgentOptions, readTaskOptions, type SubmitOptions } from '../submission.ts';
import { onServer, type Verb } from '../command.ts';
import { submitted } from './submit.ts';

interface ExecuteOptions extends SubmitOptions {
  again?: boolean;
  wait?: boolean;
}

/** `agenticore execute-plan`: starts the job that does what a plan says, and prints its id. */
export function registerExecutePlan(program: Command): void {
  const command = program
    .command('execute-plan')
    .description('Start a job that follows a plan, and print its id; what is not said is as it was for the plan')
    .argument('<id>', 'the plan, by its id or the beginning of it');
  command
    .option('-r, --repo <url>', "repository to work on, in place of the plan's")
    .option('-p, --profile <name>', "how the agent works, in place of the plan's")
    .option('--base-ref <ref>', "where the work starts, in place of the plan's");
  addAgentOptions(command)
    .option('--again', 'one more job, where the plan is executed already')
    .option('-w, --wait', 'wait for its end, and print what it came to');
  onServer(command, execute);
}

async function execute(verb: Verb<ExecuteOptions>): Promise<void> {
  const { client, args, options } = verb;
  const { again, wait = false, ...said } = options;
  const id = await findPlanId(client, args[0] ?? '');
  const job = await client.execute(id, { ...readTaskOptions(said), ...(again ? { again } : {}) });
  await submitted(verb, job, wait);
}
