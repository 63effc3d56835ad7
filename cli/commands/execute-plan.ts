import type { Command } from 'commander';
import { defined } from '../../contract/shared/defined.ts';
import { findPlanId } from '../job-id.ts';
import { addAgentOptions, readTaskOptions, type SubmitOptions } from '../submission.ts';
import { onServer, type CommandCall } from '../command.ts';
import { submitted } from './submit.ts';

interface ExecuteOptions extends SubmitOptions {
  again?: boolean;
  wait?: boolean;
}

/** `agenticore execute-plan`: starts the job that carries out a plan, and prints its id. */
export function registerExecutePlan(program: Command): void {
  const command = program
    .command('execute-plan')
    .description(
      'Start a job that carries out a plan, and print its id; options that are not given are those of the plan',
    )
    .argument('<id>', 'id of the plan, or its first characters');
  command
    .option('-r, --repo <url>', "repository to work on (default: the plan's)")
    .option('-p, --profile <name>', "profile of the agent (default: the plan's)")
    .option('--base-ref <ref>', "branch, tag or commit to start from (default: the plan's)");
  addAgentOptions(command)
    .option('--again', 'start another job although the plan was executed before')
    .option('-w, --wait', 'wait until the job has ended, and print its result');
  onServer(command, execute);
}

async function execute(call: CommandCall<ExecuteOptions>): Promise<void> {
  const { client, args, options } = call;
  const { again, wait = false, ...taskOptions } = options;
  const id = await findPlanId(client, args[0] ?? '');
  const job = await client.execute(id, { ...readTaskOptions(taskOptions), ...defined({ again }) });
  await submitted(call, job, wait);
}
