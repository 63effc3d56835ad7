import { Option, type Command } from 'commander';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { findPlanId } from '../job-id.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/colors.ts';
import { planText } from '../output/plan.ts';
import { sayMore } from '../output/more.ts';
import { print, say } from '../output/streams.ts';
import { formatTable } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { costWords, durationWords } from '../output/format.ts';
import { onServer, wholeNumber, type Verb } from '../command.ts';

interface PlansOptions {
  limit: number;
  status?: string;
  cursor?: string;
}

/** `agenticore plans`: a page of plans, or the text of one. */
export function registerPlans(program: Command): void {
  const command = program
    .command('plans')
    .description('List plans, those that are being made first; or print one')
    .argument('[id]', 'the plan to print, by its id or the beginning of it')
    .option('-n, --limit <number>', 'at most so many, up to 100', wholeNumber(1), 20)
    .addOption(new Option('-s, --status <status>', 'only those in this state').choices(['pending', 'ready', 'failed']))
    .option('--cursor <cursor>', 'the page after; the page before says what to give');
  onServer(command, (verb: Verb<PlansOptions>) => (verb.args[0] === undefined ? list(verb) : show(verb, verb.args[0])));
}

async function show({ client, json }: Verb, given: string): Promise<void> {
  const plan = await client.readPlan(await findPlanId(client, given));
  print(json ? toJson({ success: true, plan }) : planText(plan));
}

async function list({ client, json, options }: Verb<PlansOptions>): Promise<void> {
  const page = await client.plans(options);
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no plans. Have one made: agenticore plan "split the parser" --repo URL');
  const width = terminalWidth();
  const rows = page.plans.map((plan) => rowOf(plan, width === Infinity));
  const [header = '', ...lines] = formatTable([HEADER, ...rows], width);
  print(colors.dim(header));
  lines.forEach((line) => print(line));
  sayMore(page.next_cursor);
}

const HEADER = ['ID', 'STATUS', 'NAME', 'AGE', 'COST', 'EXECUTION'];

/** Ids are cut for people; a program gets them whole. */
function rowOf({ id, status, name, created_at, cost_usd, execution_job_id }: PlanRecord, whole: boolean): string[] {
  const idOf = (full: string): string => (whole ? full : full.slice(0, 8));
  return [
    idOf(id),
    status,
    oneLine(name),
    durationWords(Date.now() - Date.parse(created_at)),
    cost_usd === null ? '-' : costWords(cost_usd),
    execution_job_id === null ? '-' : idOf(execution_job_id),
  ];
}
