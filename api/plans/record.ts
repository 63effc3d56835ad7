import type { z } from 'zod';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { PlanRecord, type PlanMadeReply, type PlanStatus } from '../../contract/http/plan.ts';

/** Longest part of a plan's name that is made of its task. */
const MAX_SLUG = 40;

const ID_DIGITS = 6;

/** What people call a plan: the first words of its task and six digits of its id. */
export function planName(task: string, id: string): string {
  const words = task
    .slice(0, 4 * MAX_SLUG)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  let slug = '';
  for (const word of words) {
    if (slug.length + word.length >= MAX_SLUG) break;
    slug += `${word}-`;
  }
  return `${slug === '' ? 'plan-' : slug}${id.replaceAll('-', '').slice(0, ID_DIGITS)}`;
}

/** A plan's status by that of the job that makes it. */
const STATUS_OF = {
  queued: 'pending',
  running: 'pending',
  cancelling: 'pending',
  succeeded: 'ready',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
} as const satisfies Record<JobRecord['status'], PlanStatus>;

/** The statuses that the job of a plan with `status` can have. */
export const jobStatusesOf = (status: PlanStatus): string[] =>
  Object.entries(STATUS_OF).flatMap(([job, plan]) => (plan === status ? job : []));

/** The error of a plan that was cancelled; the record of a cancelled job has none. */
const CANCELLED = {
  error: 'the plan was cancelled',
  error_code: 'cancelled',
  next_step: 'Make another plan with `POST /plans` if you still need one.',
};

/**
 * The record of the plan that `job` makes, and that job `execution` executes; without its text where it is for a list.
 */
export function toPlan(job: JobRecord, execution: string | null, inList = false): PlanRecord {
  const { id, task, status, stage, output } = job;
  return PlanRecord.parse({
    ...job,
    ...(status === 'cancelled' ? { ...CANCELLED, error_stage: stage } : {}),
    name: planName(task, id),
    status: STATUS_OF[job.status],
    content: inList ? null : (output ?? ''),
    planning_job_id: id,
    execution_job_id: execution,
  });
}

/** The reply of POST /plans: the plan, and its main fields under their own names. */
export const madeReply = (plan: PlanRecord): Omit<z.infer<typeof PlanMadeReply>, 'success'> => ({
  plan_id: plan.id,
  plan_name: plan.name,
  job_id: plan.planning_job_id,
  status: plan.status,
  content: plan.content ?? '',
  plan,
});
