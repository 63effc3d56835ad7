import { InvalidArgumentError, Option, type Command } from 'commander';
import { JOB_STATUSES } from '../../contract/workflow/job-progress.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/colors.ts';
import { statusWord } from '../output/job.ts';
import { sayMore } from '../output/more.ts';
import { print, say } from '../output/streams.ts';
import { formatTable } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { costWords, durationWords } from '../output/format.ts';
import { repositoryOf } from '../submission.ts';
import { onServer, wholeNumber, type Verb } from '../command.ts';

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
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), 20)
    .addOption(new Option('-s, --status <status>', 'only those in this state').choices(STATUSES))
    .option('-r, --repo <url>', 'only those on this repository')
    .option('-p, --profile <name>', 'only those with this profile')
    .option('--since <time>', 'only those submitted then or later, such as 2026-01-31 or 2026-01-31T08:00Z', time)
    .option('--cursor <cursor>', 'the page after; the page before says what to give');
  onServer(command, list);
}

/** As the API takes it. A time without a zone is of this machine. */
function time(value: string): string {
  const [, date, rest = ''] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/.exec(value) ?? [];
  const at = new Date(`${date}${rest === '' ? 'T00:00' : rest}`);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It must be a day such as 2026-01-31, or a time such as 2026-01-31T08:00Z.');
  return at.toISOString();
}

async function list({ client, json, options }: Verb<JobsOptions>): Promise<void> {
  const { repo, ...filters } = options;
  const page = await client.jobs({ ...filters, ...(repo === undefined ? {} : { repo: repositoryOf(repo) }) });
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no jobs. Submit one: agenticore run "fix the failing test" --repo URL');
  const width = terminalWidth();
  const rows = page.jobs.map((job) => rowOf(job, width === Infinity));
  const [header = '', ...lines] = formatTable([HEADER, ...rows], width);
  print(colors.dim(header));
  // Coloured after the table is laid out: colours have no width.
  lines.forEach((line, i) =>
    print(line.replace(page.jobs[i]?.status ?? '', (status) => statusWord(status as JobRecord['status']))),
  );
  sayMore(page.next_cursor);
}

const HEADER = ['ID', 'STATUS', 'STAGE', 'PROFILE', 'REPO', 'AGE', 'COST', 'TASK'];

/** Ids are cut for people; a program gets them whole. */
function rowOf(job: JobRecord, whole: boolean): string[] {
  const stage = job.ended_at === null ? oneLine(job.stage) : '-';
  const age = durationWords(Date.now() - Date.parse(job.created_at));
  const cost = job.cost_usd === null ? '-' : costWords(job.cost_usd);
  return [
    whole ? job.id : job.id.slice(0, 8),
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
