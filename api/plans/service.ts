import type { Config } from '../../config/index.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { PLAN_WORKFLOW } from '../../contract/workflow/names.ts';
import type { ExecuteRequest, PlanQuery, PlanRecord, PlanRequest } from '../../contract/http/plan.ts';
import type { JobSpec } from '../../contract/workflow/job-spec.ts';
import { defined } from '../../contract/shared/defined.ts';
import { ApiError } from '../http/api-error.ts';
import { idOfKey, type Jobs } from '../jobs/service.ts';
import { JOB_STATUSES_OF_PLAN, toPlan } from './record.ts';
import { createSpec } from '../jobs/resolve-request.ts';

/** What the API does with plans, over the jobs that make and execute them. */
export interface Plans {
  /** Starts the job that makes a plan; see `Jobs.start`. */
  start(request: PlanRequest, owner: string, key?: string): Promise<JobRecord>;
  /** The plan that `job` makes. */
  of(job: JobRecord): Promise<PlanRecord>;
  /** The plan; 404 `plan_not_found` also where it belongs to another owner. */
  get(id: string, owner: string): Promise<PlanRecord>;
  /** A page of the owner's plans: those that are being made first, then the newest. */
  list(owner: string, query: PlanQuery): Promise<{ plans: PlanRecord[]; nextCursor: string | null }>;
  /**
   * Starts the job that executes a plan, or answers the one that does already. Throws 409: `plan_not_ready`,
   * `plan_failed`, and `plan_executed` where another execution was asked for before.
   */
  execute(id: string, owner: string, request: ExecuteRequest): Promise<JobRecord>;
}

/** Plans over `jobs`. */
export function createPlans({ jobs, config }: { jobs: Jobs; config: Config }): Plans {
  const toSpec = createSpec(config);
  const of = async (job: JobRecord): Promise<PlanRecord> => {
    const execution = executionOf(job);
    return toPlan(job, job.status === 'succeeded' && (await jobs.exists(execution)) ? execution : null);
  };
  const jobOf = async (id: string, owner: string): Promise<JobRecord> => {
    const job = await jobs.get(id, owner).catch((error: unknown) => {
      throw error instanceof ApiError && error.code === 'job_not_found' ? notFound(id) : error;
    });
    if (job.plan_id !== id) throw notFound(id);
    return job;
  };
  return {
    start: async (request, owner, key) => jobs.start(await toSpec(request), owner, key, PLAN_WORKFLOW),
    of,
    get: async (id, owner) => of(await jobOf(id, owner)),
    list: async (owner, { status, ...page }) => {
      const filter = status === undefined ? {} : { status: JOB_STATUSES_OF_PLAN[status] };
      const found = await jobs.list(owner, { ...page, ...filter }, PLAN_WORKFLOW);
      const known = await jobs.known(found.jobs.filter((job) => job.status === 'succeeded').map(executionOf));
      const plans = found.jobs.map((job) => {
        const execution = executionOf(job);
        return toPlan(job, known.has(execution) ? execution : null, true);
      });
      return { plans, nextCursor: found.nextCursor };
    },
    execute: async (id, owner, { again, ...request }) => {
      const plan = checkReady(toPlan(await jobOf(id, owner), null));
      const asked = await jobs.requestOf(id, owner);
      if (asked === undefined) throw notFound(id);
      const spec = await toSpec({ ...merge(request, asked), task: brief(asked.task, plan) });
      const profile_reason = request.profile === undefined ? asked.profile_reason : spec.profile_reason;
      const submission = { ...spec, plan_id: id, profile_reason };
      return jobs.start(submission, owner, again ? undefined : executionKey(id)).catch((error: unknown) => {
        throw error instanceof ApiError && error.code === 'idempotency_mismatch' ? executed(plan) : error;
      });
    },
  };
}

/** Names the one job that executes a plan. */
const executionKey = (planId: string): string => `execution of plan ${planId}`;
const executionOf = ({ id, owner }: JobRecord): string => idOfKey(owner, executionKey(id));

/** What is to be executed: as the plan was asked for, but for what the request says. */
function merge(
  { repo_url, ...request }: Omit<ExecuteRequest, 'again'>,
  { repo_url: planned, base_ref, profile, file_path }: JobSpec,
): Omit<ExecuteRequest, 'again'> {
  const base = repo_url === undefined && base_ref !== undefined ? { base_ref } : {};
  const repo = repo_url ?? planned;
  const file = defined({ file_path });
  return { profile, ...base, ...file, ...defined({ repo_url: repo }), ...request };
}

/** The task of the job that executes a plan; it begins with the plan's own, so that commits are named after that. */
const brief = (task: string, { content }: PlanRecord): string => `${task}

Follow this plan, which was made for the task. Where the repository shows it to be wrong, do what the task needs, and say so.

<plan>
${content}
</plan>`;

function checkReady(plan: PlanRecord): PlanRecord {
  const { id, status } = plan;
  if (status === 'ready') return plan;
  if (status === 'failed') throw new ApiError('plan_failed', `plan ${id} could not be made: ${plan.error ?? ''}`);
  throw new ApiError('plan_not_ready', `plan ${id} is not ready`);
}

const executed = ({ id }: PlanRecord): ApiError =>
  new ApiError('plan_executed', `plan ${id} has an execution that was requested with other options`, 'again');

const notFound = (id: string): ApiError => new ApiError('plan_not_found', `plan ${id} does not exist`);
