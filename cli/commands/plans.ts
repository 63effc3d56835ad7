import { Option, type Command } from 'commander';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { findPlanId } from '../job-id.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable, sayMore, shortId } from '../output/table.ts';
import { formatCost, formatDuration, planText } from '../output/format.ts';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';

interface PlansOptions {
  limit: number;
  status?: string;
  cursor?: string;
}

/** `agenticore plans`: a page of plans, or the text of one. */
export function registerPlans(program: Command): void {
  const command = program
    .command('plans')
    .description('List plans, pending ones first; or print one plan')
    .argument('[id]', 'id of the plan to print, or its first characters')
    .option('-n, --limit <number>', 'show at most this many plans, up to 100', wholeNumber(1), 20)
    .addOption(
      new Option('-s, --status <status>', 'only plans with this status').choices(['pending', 'ready', 'failed']),
    )
    .option('--cursor <cursor>', 'show the next page; the previous page prints the cursor');
  onServer(command, (call: CommandCall<PlansOptions>) =>
    call.args[0] === undefined ? list(call) : show(call, call.args[0]),
  );
}

async function show({ client, json }: CommandCall, given: string): Promise<void> {
  const plan = await client.readPlan(await findPlanId(client, given));
  print(json ? toJson({ success: true, plan }) : planText(plan));
}

async function list({ client, json, options }: CommandCall<PlansOptions>): Promise<void> {
  const page = await client.plans(options);
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no plans. Make one: agenticore plan "split the parser" --repo URL');
  printTable(HEADER, page.plans.map(rowOf));
  sayMore(page.next_cursor);
}

const HEADER = ['ID', 'STATUS', 'NAME', 'AGE', 'COST', 'EXECUTION'];

function rowOf({ id, status, name, created_at, cost_usd, execution_job_id }: PlanRecord): string[] {
  return [
    shortId(id),
    status,
    oneLine(name),
    formatDuration(Date.now() - Date.parse(created_at)),
    cost_usd === null ? '-' : formatCost(cost_usd),
    execution_job_id === null ? '-' : shortId(execution_job_id),
  ];
}
