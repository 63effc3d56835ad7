import { stageWords } from '../../contract/workflow/stage-labels.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { clean, oneLine } from './sanitize.ts';
import { colors } from './colors.ts';
import { formatFields } from './table.ts';
import { costWords, count, durationWords, localTime, nextStepLine } from './format.ts';

type Field = readonly [name: string, value: string | null];

/**
 * What a job came to, for the end of `run`: status, branch, price. What matters most comes last: the pull request, or why there
 * is none, what is kept and what to do.
 */
export function outcome(job: JobRecord): string {
  const fields: Field[] = [
    ...[...pushed(job), ...spent(job)],
    ['web ui', line(job.ui_url)],
    ...[...trouble(job), ...kept(job), ...again(job)],
  ];
  const link = job.pr_url === null ? [] : ['', `${colors.bold('pull request')}  ${linkTo(job.pr_url)}`];
  return ['', headline(job), ...formatFields(fields), ...link].join('\n');
}

/** All that a person may want to know of a job. */
export function details(job: JobRecord): string {
  const fields: Field[] = [
    ['id', line(job.id)],
    ['task', clean(job.task).trim()],
    ['repo', line(job.repo_url)],
    ['base', line(job.base_ref)],
    ['profile', `${oneLine(job.profile)}${job.profile_reason === null ? '' : ` (${oneLine(job.profile_reason)})`}`],
    ...pushed(job),
    ['pull request', job.pr_url === null ? null : linkTo(job.pr_url)],
    ...spent(job),
    ['created', when(job.created_at)],
    ['started', when(job.started_at)],
    ['waiting until', when(job.waiting_until)],
    ['ended', when(job.ended_at)],
    ['session', job.session_id === null ? null : `${line(job.session_id)}${job.resumed ? ' (resumed)' : ''}`],
    ['retry of', job.retry_of === null ? null : `${oneLine(job.retry_of)}, from its ${oneLine(job.retry_from ?? '')}`],
    ['retried by', line(job.retried_by)],
    ['attempt', job.attempt > 1 ? `${job.attempt}, on ${oneLine(job.hosts.join(', '))}` : null],
    ['worktree', line(job.worktree_path)],
    ...trouble(job),
    ...again(job),
    ['web ui', line(job.ui_url)],
    ['output', job.output === null ? null : clean(job.output).trim()],
  ];
  return [headline(job), ...formatFields(fields)].join('\n');
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
  if (job.ended_at === null) return `${mark} ${word}: ${stageWords(oneLine(job.stage))}`;
  const took = Date.parse(job.ended_at) - Date.parse(job.started_at ?? job.created_at);
  return `${mark} ${word}${job.error_stage === null ? '' : ` while ${stageWords(oneLine(job.error_stage))}`} after ${durationWords(took)}`;
}

function pushed({ status, branch, sha, repo_url }: JobRecord): Field[] {
  const nothing = status === 'succeeded' && branch === null && repo_url !== null;
  return [
    ['branch', branch === null && nothing ? 'none: nothing was delivered' : line(branch)],
    ['commit', line(sha)],
  ];
}

function spent({ cost_usd, num_turns, usage }: JobRecord): Field[] {
  const read = usage === null ? 0 : usage.input_tokens + usage.cache_read_tokens + usage.cache_creation_tokens;
  const parts = [
    cost_usd === null ? [] : costWords(cost_usd),
    num_turns === null ? [] : count(num_turns, 'turn'),
    usage === null ? [] : `${count(read, 'token')} in, ${usage.output_tokens.toLocaleString('en-US')} out`,
  ];
  return [['cost', parts.flat().join(', ')]];
}

const trouble = (job: JobRecord): Field[] => [
  ...job.warnings.map((warning): Field => ['warning', line(warning)]),
  [
    'error',
    job.error === null
      ? null
      : `${clean(job.error).trim()}${job.error_code === null ? '' : ` (${line(job.error_code) ?? ''})`}`,
  ],
  ['next', job.next_step === null ? null : nextStepLine(job.next_step)],
];

/** Whether a failed job left what a retry can go on from. */
const left = ({ status, branch, worktree_path }: JobRecord): boolean =>
  status === 'failed' && (branch !== null || worktree_path !== null);

function kept(job: JobRecord): Field[] {
  if (!left(job)) return [];
  const { branch, sha, worktree_path } = job;
  const what = sha === null ? "the agent's files" : `commit ${sha.slice(0, 8)}`;
  const words = branch === null ? `${what} in ${worktree_path ?? ''}` : 'the branch, which is pushed';
  return [['kept', oneLine(words)]];
}

const again = (job: JobRecord): Field[] =>
  left(job) && job.retried_by === null ? [['retry', colors.bold(`agenticore retry ${oneLine(job.id)}`)]] : [];

const linkTo = (url: string): string => colors.bold(colors.cyan(oneLine(url)));

const line = (text: string | null): string | null => (text === null ? null : oneLine(text));

const when = (time: string | null): string | null => (time === null ? null : localTime(time));
