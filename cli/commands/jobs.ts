import { Option, type Command } from 'commander';
import { JOB_STATUSES } from '../../contract/workflow/job-progress.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { statusWord } from '../output/job.ts';
import { print, say } from '../output/streams.ts';
import { formatTable, sayMore, shortId } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { colors, formatCost, formatDuration } from '../output/format.ts';
import { repositoryOf } from '../submission.ts';
import { onServer, time, wholeNumber, type CommandCall } from '../command.ts';

interface JobsOptions {
  limit: number;
  status?: string;
  repo?: string;
  profile?: string;
  since?: string;
  cursor?: string;
}

const STATUSES = JOB_STATUSES.filter((status) => status !== 'cancelling');

/** `agenticore jobs`: a page of jobs, open ones first, then the newest. */
export function registerJobs(program: Command): void {
  const command = program
    .command('jobs')
    .description('List jobs: open ones first, then the newest')
    .option('-n, --limit <number>', 'show at most this many jobs', wholeNumber(1), 20)
    .addOption(new Option('-s, --status <status>', 'only jobs with this status').choices(STATUSES))
    .option('-r, --repo <url>', 'only jobs on this repository')
    .option('-p, --profile <name>', 'only jobs with this profile')
    .option(
      '--since <time>',
      'only jobs submitted at or after this time, such as 2026-01-31 or 2026-01-31T08:00Z',
      time,
    )
    .option('--cursor <cursor>', 'show the next page; the previous page prints the cursor');
  onServer(command, list);
}

async function list({ client, json, options }: CommandCall<JobsOptions>): Promise<void> {
  const { repo, ...filters } = options;
  const page = await client.jobs({ ...filters, ...defined({ repo: repo && repositoryOf(repo) }) });
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no jobs. Submit one: agenticore run "fix the failing test" --repo URL');
  const [header = '', ...lines] = formatTable([HEADER, ...page.jobs.map(rowOf)], terminalWidth());
  print(colors.dim(header));
  // Coloured after the table is laid out: colours have no width.
  lines.forEach((line, i) =>
    print(line.replace(page.jobs[i]?.status ?? '', (status) => statusWord(status as JobRecord['status']))),
  );
  sayMore(page.next_cursor);
}

const HEADER = ['ID', 'STATUS', 'STAGE', 'PROFILE', 'REPO', 'AGE', 'COST', 'TASK'];

function rowOf(job: JobRecord): string[] {
  const stage = job.ended_at === null ? oneLine(job.stage) : '-';
  const age = formatDuration(Date.now() - Date.parse(job.created_at));
  const cost = job.cost_usd === null ? '-' : formatCost(job.cost_usd);
  return [
    shortId(job.id),
    job.status,
    stage,
    oneLine(job.profile),
    repoName(job.repo_url),
    age,
    cost,
    oneLine(job.task),
  ];
}

/** The last two parts of a repository's address. */
function repoName(url: string | null): string {
  const parts = oneLine(url ?? '')
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .filter(Boolean);
  return parts.slice(-2).join('/') || '-';
}
