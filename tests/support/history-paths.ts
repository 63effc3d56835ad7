import type { History } from '@temporalio/common/lib/proto-utils.js';

type HistoryEvent = NonNullable<History['events']>[number];

/** One recorded workflow: what it was started with, and what happened. */
export interface Recorded {
  type: string;
  /** First argument, as far as it tells paths apart. */
  input: { spec?: { retry?: { from?: string }; worktree?: object; fallback_profile?: string } };
  events: HistoryEvent[];
}

const scheduled = ({ events }: Recorded, name: string): HistoryEvent[] =>
  events.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === name);

const branches = (recorded: Recorded): number =>
  recorded.events.filter(
    ({ activityTaskFailedEventAttributes: failed }) =>
      failed?.failure?.applicationFailureInfo?.type === 'branch_conflict',
  ).length;

const isRun = ({ type }: Recorded): boolean => type === 'run';

const continued = ({ events }: Recorded): boolean =>
  events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes != null;

/** Whether a seat ended in that way. */
const seatEnded = (recorded: Recorded, how: 'TimedOut' | 'Failed'): boolean => {
  const seats = scheduled(recorded, 'holdSeat').map(({ eventId }) => String(eventId));
  return recorded.events.some((event) => {
    const ended = event[`activityTask${how}EventAttributes`];
    return ended != null && seats.includes(String(ended.scheduledEventId));
  });
};
const succeeded = ({ events }: Recorded): boolean => events.at(-1)?.workflowExecutionCompletedEventAttributes != null;
const retriedFrom = ({ input }: Recorded): string | undefined => input.spec?.retry?.from;
const isJob = ({ type }: Recorded): boolean => type === 'job';

/** Every path that a workflow can take, by its name, and which histories are of it. A history may be of several. */
export const HISTORY_PATHS: Record<string, (recorded: Recorded) => boolean> = {
  'job-succeeded': (it) => isJob(it) && succeeded(it) && scheduled(it, 'holdSeat').length === 1,
  'job-without-repository': (it) => isJob(it) && succeeded(it) && scheduled(it, 'updateMirror').length === 0,
  'job-failed': (it) => isJob(it) && it.events.at(-1)?.workflowExecutionFailedEventAttributes != null,
  'job-cancelled': (it) => isJob(it) && it.events.at(-1)?.workflowExecutionCanceledEventAttributes != null,
  'job-host-lost': (it) => isJob(it) && succeeded(it) && seatEnded(it, 'TimedOut'),
  'job-host-stopped': (it) => isJob(it) && succeeded(it) && seatEnded(it, 'Failed'),
  'job-paused': (it) => isJob(it) && succeeded(it) && scheduled(it, 'pauseJob').length > 0,
  'job-auto-profile': (it) => isJob(it) && succeeded(it) && it.input.spec?.fallback_profile !== undefined,
  'job-in-prepared-worktree': (it) => isJob(it) && succeeded(it) && it.input.spec?.worktree !== undefined,
  'job-pull-request': (it) => isJob(it) && succeeded(it) && scheduled(it, 'openPullRequest').length > 0,
  'job-branch-conflict': (it) => isJob(it) && succeeded(it) && branches(it) > 0,
  'retry-from-delivery': (it) => succeeded(it) && retriedFrom(it) === 'delivery',
  'retry-from-session': (it) => succeeded(it) && retriedFrom(it) === 'session',
  'retry-from-start': (it) => succeeded(it) && retriedFrom(it) === 'start',
  plan: (it) => it.type === 'plan' && succeeded(it),
  worktree: (it) => it.type === 'worktree' && succeeded(it),
  'worktree-continued': (it) => it.type === 'worktree' && continued(it),
  'session-closed': (it) => it.type === 'session' && succeeded(it),
  'session-continued': (it) => it.type === 'session' && continued(it),
  'run-succeeded': (it) => isRun(it) && succeeded(it),
  'run-failed': (it) => isRun(it) && it.events.at(-1)?.workflowExecutionFailedEventAttributes != null,
  'run-cancelled': (it) => isRun(it) && it.events.at(-1)?.workflowExecutionCanceledEventAttributes != null,
  'run-that-waited': (it) => isRun(it) && succeeded(it) && scheduled(it, 'holdSeat').length > 1,
  'run-that-delivers': (it) => isRun(it) && succeeded(it) && scheduled(it, 'deliver').length > 0,
};
