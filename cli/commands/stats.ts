import type { Command } from 'commander';
import type { StatsReply } from '../../contract/http/stats.ts';
import { onServer, time, type CommandCall } from '../command.ts';
import { colors, count, formatDuration, localTime } from '../output/format.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { formatFields, printTable } from '../output/table.ts';

/** `agenticore stats`: how jobs and runs have ended. */
export function registerStats(program: Command): void {
  const command = program
    .command('stats')
    .description('Show how jobs and runs have ended, how long they took and waited, and what was retried')
    .option('--since <time>', 'of those since this time, such as 2026-01-31 (default: the last 7 days)', time);
  onServer(command, stats);
}

async function stats({ client, json, options }: CommandCall<{ since?: string }>): Promise<void> {
  const reply = await client.stats(options);
  if (json) return print(toJson(reply));
  const { ended, retries, checks, pull_requests, open, since } = reply;
  if (ended.count + open === 0) return say(`There were no jobs and no runs since ${localTime(since)}.`);
  const verified = checks.passed + checks.failed;
  const fields = formatFields([
    ['since', localTime(since)],
    ['ended', `${ended.count}, of which ${share(ended)} succeeded`],
    ['open', open === 0 ? null : String(open)],
    ['took', spread(ended.duration_s)],
    ['waited', spread(ended.waited_s)],
    ['lost hosts', retries.lost_hosts === 0 ? null : `${count(retries.lost_hosts, 'job')} went on elsewhere`],
    ['retried', retries.retried_jobs === 0 ? null : count(retries.retried_jobs, 'job')],
    ['verify', verified === 0 ? null : `passed in ${checks.passed} of ${count(verified, 'job')}`],
    ['pull requests', pull_requests === 0 ? null : String(pull_requests)],
  ]);
  print(`${fields.join('\n')}\n`);
  printTable(['OUTCOME', 'CODE', 'OF', 'COUNT'], reply.outcomes.map(outcomeRow));
  print('');
  printTable(['PROFILE', 'ENDED', 'SUCCEEDED', 'TOOK P50', 'P95', 'WAITED P50', 'P95'], reply.profiles.map(profileRow));
  if (!reply.complete) say(colors.yellow('There are more: the oldest are not counted. Choose a later --since.'));
}

type Outcomes = StatsReply['ended'];

const share = ({ count: all, succeeded }: Outcomes): string =>
  all === 0 ? 'none' : `${succeeded} (${Math.round((100 * succeeded) / all)} %)`;

const seconds = (value: number | undefined): string => (value === undefined ? '-' : formatDuration(value * 1_000));

const spread = (of: Outcomes['duration_s']): string | null =>
  of === null
    ? null
    : `half at most ${seconds(of.p50)}, 95 % at most ${seconds(of.p95)}, the longest ${seconds(of.max)}`;

const outcomeRow = ({ kind, status, code, count: number }: StatsReply['outcomes'][number]): string[] => [
  ...[oneLine(status), oneLine(code ?? '-'), `${kind}s`, String(number)],
];

const profileRow = (each: StatsReply['profiles'][number]): string[] => [
  ...[oneLine(each.profile), String(each.count), share(each), seconds(each.duration_s?.p50)],
  ...[seconds(each.duration_s?.p95), seconds(each.waited_s?.p50), seconds(each.waited_s?.p95)],
];
