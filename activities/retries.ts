import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, type TemporalFailure } from '@temporalio/common';
import { defined } from '../contract/shared/defined.ts';
import { FAILURES, isFailureType, type FailureKind } from '../contract/shared/failures.ts';
import type { JobStage } from '../contract/workflow/job-stages.ts';
import { STEP_RETRYING, type StepRetry } from '../contract/workflow/retries.ts';
import type { Deps } from './deps.ts';
import { toTemporalFailure } from './step.ts';

/** Longest reason that is told (characters). */
const MAX_REASON = 500;

/** The part of a wait by which it may be shorter than its usual length. */
const JITTER = 0.25;

/** Longest that the job is tried to be told (milliseconds): the next try must not wait for it. */
const TELL_MS = 5_000;

/** Of a step that is tried for hours the job, whose history grows with it, hears each of the first tries only. */
const isTold = (attempt: number): boolean => attempt <= 10 || attempt % 10 === 0;

/**
 * What a try of `stage` that threw `error` ends with. Where another try follows, the job and its events are told why;
 * where none does, the failure is final.
 */
export async function endTry(deps: Deps, job_id: string, stage: JobStage, error: unknown): Promise<TemporalFailure> {
  const failure = toTemporalFailure(error);
  if (!(failure instanceof ApplicationFailure)) return failure;
  const { message, type, details } = failure;
  const next = nextTry(failure, Context.current().info, Date.now(), Math.random());
  if (next === undefined) return ApplicationFailure.nonRetryable(message, type, ...(details ?? []));
  const code = type != null && isFailureType(type) ? type : 'internal';
  const retry: StepRetry = { stage, code, reason: message.slice(0, MAX_REASON), ...next };
  await deps.writers.of(job_id).write([{ type: 'retrying', ...retry }]);
  if (isTold(next.attempt)) await tell(deps, job_id, retry);
  const nextRetryDelay = Math.max(1, Date.parse(next.next_at) - Date.now());
  return ApplicationFailure.create({
    message,
    details: details ?? [],
    nextRetryDelay,
    ...defined({ type: type ?? undefined }),
  });
}

async function tell({ client, log }: Deps, job_id: string, retry: StepRetry): Promise<void> {
  // A step of a session is one of its run's workflow.
  const { workflowId = job_id, runId } = Context.current().info.workflowExecution ?? {};
  const job = client.workflow.getHandle(workflowId, runId);
  await client
    .withDeadline(Date.now() + TELL_MS, () => job.signal(STEP_RETRYING, retry))
    .catch((error: unknown) => log.warn({ job: job_id, error }, 'could not signal the next try to the workflow'));
}

/** What Temporal says of the try that runs. */
type Try = Pick<Info, 'attempt' | 'retryPolicy' | 'scheduledTimestampMs' | 'scheduleToCloseTimeoutMs'>;

/** How the step goes on. */
type Next = Pick<StepRetry, 'attempt' | 'tries_left' | 'next_at' | 'until'>;

/**
 * The try that follows one that failed by `failure`; undefined where there is none: the failure is final, the tries or
 * the time for them are over, or it is of a kind that is tried again for a short time only. Temporal reckons alike.
 * `luck`, from 0 to 1, makes the wait shorter.
 */
export function nextTry(failure: ApplicationFailure, info: Try, now = Date.now(), luck = 0): Next | undefined {
  const { attempt, retryPolicy: { maximumAttempts = 0, nonRetryableErrorTypes = [] } = {} } = info;
  const type = failure.type ?? '';
  if (failure.nonRetryable || nonRetryableErrorTypes.includes(type)) return undefined;
  const given = typeof failure.nextRetryDelay === 'number' ? failure.nextRetryDelay : undefined;
  // Jobs that failed together are not to come again together.
  const delayMs = given ?? backoffMs(info, attempt) * (1 - JITTER * luck);
  const end = endOf(info, type);
  const left = maximumAttempts === 0 ? Infinity : maximumAttempts - attempt;
  if (left <= 0 || now + delayMs > end.at) return undefined;
  const inTime = end.counts ? triesUntil(end.at - now, info) : Infinity;
  const tries = Math.min(left, inTime);
  return {
    attempt: attempt + 1,
    tries_left: Number.isFinite(tries) ? tries : null,
    next_at: new Date(now + delayMs).toISOString(),
    until: Number.isFinite(tries) || !Number.isFinite(end.at) ? null : new Date(end.at).toISOString(),
  };
}

/**
 * When the last try may begin; `counts` says that it stands in place of a number of tries. Where work waits to be
 * delivered, a kind of failure that may be in passing is waited for longer.
 */
function endOf({ retryPolicy, scheduledTimestampMs, scheduleToCloseTimeoutMs }: Try, type: string) {
  const kind: FailureKind | undefined = isFailureType(type) ? FAILURES[type] : undefined;
  const patienceS = retryPolicy?.maximumAttempts ? kind?.patienceS : kind?.deliveryPatienceS;
  const patienceMs = patienceS === undefined ? Infinity : patienceS * 1_000;
  const limitMs = scheduleToCloseTimeoutMs > 0 ? scheduleToCloseTimeoutMs : Infinity;
  return { at: scheduledTimestampMs + Math.min(patienceMs, limitMs), counts: patienceMs < limitMs };
}

function triesUntil(timeMs: number, info: Try): number {
  let tries = 0;
  for (let left = timeMs - backoffMs(info, info.attempt); left >= 0; left -= backoffMs(info, info.attempt + tries))
    tries += 1;
  return tries;
}

/** The wait after try `attempt`. */
function backoffMs({ retryPolicy: policy = {} }: Try, attempt: number): number {
  const first = Number(policy.initialInterval ?? 1_000);
  const most = Number(policy.maximumInterval ?? 100 * first);
  return Math.min(first * (policy.backoffCoefficient ?? 2) ** (attempt - 1), most);
}
