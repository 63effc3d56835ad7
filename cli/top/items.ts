import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { Doing, OverviewJob, OverviewReply, OverviewSession } from '../../contract/http/overview.ts';
import { formatCost, formatDuration } from '../output/format.ts';
import { oneLine } from '../output/sanitize.ts';
import { approvalInput } from '../output/session.ts';

/** Whether jobs that have ended are shown, and how many of the newest. */
const ENDED_SHOWN = 5;

/** One line that can be selected. */
export interface TopItem {
  /** It stays the same while other lines come and go. */
  key: string;
  what:
    | { kind: 'job'; job: OverviewJob }
    | { kind: 'session'; session: OverviewSession }
    | { kind: 'approval'; approval: ApprovalRecord };
  cells: string[];
}

export interface TopSection {
  header: string[];
  items: TopItem[];
}

/** What is seen of an overview: what waits for a decision, jobs and sessions; only what `filter` is found in. */
export function sectionsOf(overview: OverviewReply, filter: string, now: number): TopSection[] {
  const ended = overview.jobs.filter(({ ended_at }) => ended_at !== null).slice(0, ENDED_SHOWN);
  const jobs = [...overview.jobs.filter(({ ended_at }) => ended_at === null), ...ended];
  const sections = [
    {
      header: ['APPROVAL', 'SESSION', 'WAITS', 'TOOL', 'INPUT'],
      items: overview.approvals.map((each) => approvalItem(each, now)),
    },
    {
      header: ['JOB', 'STATUS', 'STAGE', 'AGE', 'TOKENS', 'COST', 'LAST', 'TASK'],
      items: jobs.map((each) => jobItem(each, now)),
    },
    {
      header: ['SESSION', 'STATUS', 'RUNS', 'AGE', 'TOKENS', 'COST', 'LAST', 'TITLE'],
      items: overview.sessions.map((each) => sessionItem(each, now)),
    },
  ];
  const wanted = filter.toLowerCase();
  return sections
    .map(({ header, items }) => ({
      header,
      items: items.filter(({ key, cells }) => `${key} ${cells.join(' ')}`.toLowerCase().includes(wanted)),
    }))
    .filter(({ items }) => items.length > 0);
}

const ago = (time: string, now: number): string => formatDuration(now - Date.parse(time));

const approvalItem = (approval: ApprovalRecord, now: number): TopItem => ({
  key: approval.id,
  what: { kind: 'approval', approval },
  cells: [
    approval.id.slice(0, 12),
    approval.session_id.slice(0, 8),
    ago(approval.asked_at, now),
    oneLine(approval.tool),
    approvalInput(approval),
  ],
});

const jobItem = (job: OverviewJob, now: number): TopItem => ({
  key: job.id,
  what: { kind: 'job', job },
  cells: [
    job.id.slice(0, 8),
    job.status,
    job.ended_at === null ? oneLine(job.stage) : oneLine(job.error_code ?? '-'),
    ago(job.started_at ?? job.created_at, job.ended_at === null ? now : Date.parse(job.ended_at)),
    ...spent(job),
    job.ended_at === null ? doingWords(job.doing) : lastOf(job),
    oneLine(job.task),
  ],
});

/** Of a job that has ended, where its work is. */
const lastOf = ({ pr_url, error }: OverviewJob): string => oneLine(pr_url ?? error ?? '-');

const sessionItem = (session: OverviewSession, now: number): TopItem => ({
  key: session.id,
  what: { kind: 'session', session },
  cells: [
    session.id.slice(0, 8),
    session.status,
    session.queued_runs.length === 0 ? String(session.runs) : `${session.runs} (${session.queued_runs.length} wait)`,
    ago(session.created_at, now),
    ...spent(session),
    doingWords(session.doing),
    oneLine(session.title ?? session.repo_url ?? session.profile),
  ],
});

const spent = ({ usage, cost_usd }: Pick<OverviewJob, 'usage' | 'cost_usd'>): [string, string] => [
  usage === null ? '-' : short(Object.values(usage).reduce((sum, tokens) => sum + tokens, 0)),
  cost_usd === null ? '-' : formatCost(cost_usd),
];

/** A number in at most five characters: `950`, `12.5k`, `3.1M`. */
function short(number: number): string {
  if (number < 1_000) return String(number);
  return number < 1_000_000 ? `${(number / 1_000).toFixed(1)}k` : `${(number / 1_000_000).toFixed(1)}M`;
}

const DOING = { text: 'writes', thinking: 'thinks', retrying: '↻', command: '$', tool: '▶' };

function doingWords(doing: Doing | null): string {
  if (doing === null) return '-';
  return oneLine([DOING[doing.what], doing.tool ?? '', doing.words].filter(Boolean).join(' '));
}
