import { checkTime, outcomeWords } from '../../contract/workflow/checks.ts';
import { stageLabel } from '../../contract/workflow/job-stages.ts';
import { retryWords } from '../../contract/workflow/retries.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { sanitize, oneLine } from './sanitize.ts';
import { formatFields } from './table.ts';
import { colors, count, formatCost, formatDuration, lineOf, localTime, nextStepLine } from './format.ts';

type Field = readonly [name: string, value: string | null];

/**
 * The result of a job, for the end of `run`: status, branch, cost. The most important part comes last: the pull
 * request, or the error, what is kept and what to do.
 */
export function outcome(job: JobRecord): string {
  const fields: Field[] = [
    ...[...pushed(job), ...checked(job), ...spent(job)],
    ['web ui', lineOf(job.ui_url)],
    ...[...trouble(job), ...kept(job), ...again(job)],
  ];
  const link = job.pr_url === null ? [] : ['', `${colors.bold('pull request')}  ${linkTo(job.pr_url)}`];
  return ['', headline(job), ...formatFields(fields), ...link].join('\n');
}

/** All about a job, for a person: what it is to do, what it did when, and what came of it. */
export function details(job: JobRecord, timeline: readonly string[]): string {
  const asked: Field[] = [
    ['id', lineOf(job.id)],
    ['task', sanitize(job.task).trim()],
    ['repo', lineOf(job.repo_url)],
    ['base', lineOf(job.base_ref)],
    ['profile', `${oneLine(job.profile)}${job.profile_reason === null ? '' : ` (${oneLine(job.profile_reason)})`}`],
    ['session', job.session_id === null ? null : `${lineOf(job.session_id)}${job.resumed ? ' (resumed)' : ''}`],
    ['retry of', job.retry_of === null ? null : `${oneLine(job.retry_of)}, from its ${oneLine(job.retry_from ?? '')}`],
    ['attempt', job.attempt > 1 ? `${job.attempt}, on ${oneLine(job.hosts.join(', '))}` : null],
    ['worktree', lineOf(job.worktree_path)],
    ['web ui', lineOf(job.ui_url)],
  ];
  const came: Field[] = [
    ...pushed(job),
    ...checked(job),
    ...spent(job),
    ['waiting until', when(job.waiting_until)],
    ['retrying', job.retrying == null ? null : oneLine(retryWords(job.retrying, localTime))],
    ['pull request', job.pr_url === null ? null : linkTo(job.pr_url)],
    ...trouble(job),
    ...again(job),
    ['retried by', lineOf(job.retried_by)],
    ['output', job.output === null ? null : sanitize(job.output).trim()],
  ];
  const parts = [formatFields(asked), timeline, formatFields(came)].filter((lines) => lines.length > 0);
  return [headline(job), ...parts.map((lines) => lines.join('\n'))].join('\n\n').replace('\n\n', '\n');
}

/** A job's status in its colour. */
export function statusWord(status: JobRecord['status']): string {
  switch (status) {
    case 'succeeded':
      return colors.green(status);
    case 'failed':
    case 'expired':
      return colors.red(status);
    case 'running':
      return colors.cyan(status);
    case 'cancelled':
    case 'cancelling':
      return colors.yellow(status);
    case 'queued':
      return status;
  }
}

function headline(job: JobRecord): string {
  const mark = job.status === 'succeeded' ? colors.green('✓') : job.error === null ? colors.cyan('■') : colors.red('✗');
  const word = colors.bold(statusWord(job.status));
  if (job.ended_at === null) return `${mark} ${word}: ${stageLabel(oneLine(job.stage))}`;
  const took = Date.parse(job.ended_at) - Date.parse(job.started_at ?? job.created_at);
  return `${mark} ${word}${job.error_stage === null ? '' : ` while ${stageLabel(oneLine(job.error_stage))}`} after ${formatDuration(took)}`;
}

function pushed({ status, branch, sha, repo_url }: JobRecord): Field[] {
  const nothing = status === 'succeeded' && branch === null && repo_url !== null;
  return [
    ['branch', branch === null && nothing ? 'none: the job pushed no changes' : lineOf(branch)],
    ['commit', lineOf(sha)],
  ];
}

/** What became of each command of the profile. */
const checked = ({ checks }: JobRecord): Field[] =>
  checks.map((check) => [
    check.round > 1 ? `${check.phase} (${check.round})` : check.phase,
    [oneLine(check.command), outcomeWords(check), checkTime(check)].filter(Boolean).join(', '),
  ]);

function spent({ cost_usd, num_turns, usage }: JobRecord): Field[] {
  const read = usage === null ? 0 : usage.input_tokens + usage.cache_read_tokens + usage.cache_creation_tokens;
  const parts = [
    cost_usd === null ? [] : formatCost(cost_usd),
    num_turns === null ? [] : count(num_turns, 'turn'),
    usage === null ? [] : `${count(read, 'token')} in, ${usage.output_tokens.toLocaleString('en-US')} out`,
  ];
  return [['cost', parts.flat().join(', ')]];
}

const trouble = (job: JobRecord): Field[] => [
  ...job.warnings.map((warning): Field => ['warning', lineOf(warning)]),
  [
    'error',
    job.error === null
      ? null
      : `${sanitize(job.error).trim()}${job.error_code === null ? '' : ` (${lineOf(job.error_code) ?? ''})`}`,
  ],
  ['next', job.next_step === null ? null : nextStepLine(job.next_step)],
];

/** Whether a failed job left work that a retry can continue from. */
const left = ({ status, branch, worktree_path }: JobRecord): boolean =>
  status === 'failed' && (branch !== null || worktree_path !== null);

function kept(job: JobRecord): Field[] {
  if (!left(job)) return [];
  const { branch, sha, worktree_path } = job;
  const what = sha === null ? "the agent's files" : `commit ${sha.slice(0, 8)}`;
  const words = branch === null ? `${what} in ${worktree_path ?? ''}` : 'the pushed branch';
  return [['kept', oneLine(words)]];
}

const again = (job: JobRecord): Field[] =>
  left(job) && job.retried_by === null ? [['retry', colors.bold(`agenticore retry ${oneLine(job.id)}`)]] : [];

const linkTo = (url: string): string => colors.bold(colors.cyan(oneLine(url)));

const when = (time: string | null): string | null => (time === null ? null : localTime(time));
