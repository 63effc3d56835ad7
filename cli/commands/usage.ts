import { Option, type Command } from 'commander';
import { USAGE_GROUPS, type UsageGroupsReply } from '../../contract/http/usage.ts';
import { onServer, time, type CommandCall } from '../command.ts';
import { localTime } from '../output/format.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable } from '../output/table.ts';

interface UsageOptions {
  group: UsageGroupsReply['group'];
  since?: string;
  until?: string;
}

/** `agenticore usage`: tokens and cost. */
export function registerUsage(program: Command): void {
  const command = program
    .command('usage')
    .description('Show the tokens that jobs, plans and runs have used, and what they have cost')
    .addOption(new Option('--group <what>', 'what to sum by').choices(USAGE_GROUPS).default('day'))
    .option('--since <time>', 'of what ended at this time or later, such as 2026-01-31', time)
    .option('--until <time>', 'of what ended before this time', time);
  onServer(command, usage);
}

async function usage({ client, json, options }: CommandCall<UsageOptions>): Promise<void> {
  const reply = await client.usage(options);
  if (json) return print(toJson(reply));
  const { groups, total, source, complete_since } = reply;
  if (groups.length === 0) return say('Nothing has ended in that time.');
  const rows = [...groups.map((group) => rowOf(group.key ?? '-', group)), rowOf('all', total)];
  printTable([reply.group.toUpperCase(), 'ENDED', 'INPUT', 'CACHED', 'OUTPUT', 'COST'], rows);
  if (total.unpriced > 0) say(`The cost of ${total.unpriced} of them is not known: all have cost at least the sum.`);
  const from = source === 'records' ? "from Temporal's records" : 'from PostgreSQL';
  say(`The numbers are ${from}, complete since ${localTime(complete_since)}.`);
}

function rowOf(key: string, { count, usage: tokens, cost_usd }: UsageGroupsReply['total']): string[] {
  const input = tokens.input_tokens + tokens.cache_creation_tokens;
  const counts = [count, input, tokens.cache_read_tokens, tokens.output_tokens].map(String);
  return [oneLine(key), ...counts, `$${cost_usd.toFixed(4)}`];
}
