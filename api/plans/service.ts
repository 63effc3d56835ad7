import type { JobRecord } from '../../contract/http/job-record.ts';
import type { ExecuteRequest, PlanListReply, PlanQuery, PlanRecord, PlanRequest } from '../../contract/http/plan.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { JobSpec } from '../../contract/workflow/job-spec.ts';
import { PLAN_WORKFLOW } from '../../contract/workflow/names.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import type { PageOf } from '../http/typed-app.ts';
import { resolveRequest } from '../jobs/resolve-request.ts';
import { idOfKey, type Jobs, type Submitter } from '../jobs/service.ts';
import { jobStatusesOf, toPlan } from './record.ts';

/** What an execution may say in place of the plan's request. */
type Changes = Omit<ExecuteRequest, 'again'>;

/** What the API does with plans, over the jobs that make and execute them. */
export class Plans {
  readonly #context: ServiceContext;
  readonly #jobs: Jobs;

  constructor(context: ServiceContext, jobs: Jobs) {
    this.#context = context;
    this.#jobs = jobs;
  }

  /** Starts the job that makes a plan: see `Jobs.submit`. */
  async submit(request: PlanRequest, submitter: Submitter): Promise<JobRecord> {
    return this.#jobs.submit(request, { ...submitter, type: PLAN_WORKFLOW });
  }

  /** The plan that `job` makes. */
  async of(job: JobRecord): Promise<PlanRecord> {
    const execution = executionOf(job);
    const isExecuted = job.status === 'succeeded' && (await this.#jobs.reader.find(execution)) !== undefined;
    return toPlan(job, isExecuted ? execution : null);
  }

  /** The plan; 404 `plan_not_found` also where it belongs to another owner. */
  async get(id: string, owner: string): Promise<PlanRecord> {
    return this.of(await this.#planningJob(id, owner));
  }

  /** A page of the owner's plans: those that are being made first, then the newest. */
  async list(owner: string, { status, ...page }: PlanQuery): Promise<PageOf<typeof PlanListReply>> {
    const { reader } = this.#jobs;
    const filter = { ...page, ...defined({ status: status && jobStatusesOf(status) }) };
    const { jobs, next_cursor } = await reader.list(owner, filter, PLAN_WORKFLOW);
    const known = await reader.known(jobs.filter((job) => job.status === 'succeeded').map(executionOf));
    const plans = jobs.map((job) => {
      const execution = executionOf(job);
      return toPlan(job, known.has(execution) ? execution : null, true);
    });
    return { count: plans.length, plans, next_cursor };
  }

  /**
   * Starts the job that executes a plan, or answers the one that does already. Throws 409: `plan_not_ready`,
   * `plan_failed`, and `plan_executed` where another execution was asked for before.
   */
  async execute(id: string, owner: string, { again, ...changes }: ExecuteRequest): Promise<JobRecord> {
    const key = again ? undefined : executionKey(id);
    const resolve = (): Promise<JobSpec> => this.#resolveExecution(id, owner, changes);
    return this.#jobs.start({ ...changes, plan_id: id }, { owner, key }, resolve).catch((error: unknown) => {
      const isOther = error instanceof ApiError && error.code === 'idempotency_mismatch';
      throw isOther
        ? new ApiError('plan_executed', `plan ${id} has an execution that was requested with other options`, 'again')
        : error;
    });
  }

  async #resolveExecution(id: string, owner: string, changes: Changes): Promise<JobSpec> {
    const plan = checkReady(toPlan(await this.#planningJob(id, owner), null));
    const planned = await this.#jobs.reader.requestOf(id);
    if (planned === undefined) throw notFound(id);
    const request = { ...merge(changes, planned), task: brief(planned.task, plan) };
    const spec = await resolveRequest(this.#context, request, owner);
    const { profile_reason } = changes.profile === undefined ? planned : spec;
    return { ...spec, plan_id: id, profile_reason };
  }

  async #planningJob(id: string, owner: string): Promise<JobRecord> {
    const { reader } = this.#jobs;
    const execution = await reader.find(id);
    if (execution?.type !== PLAN_WORKFLOW || execution.memo.request?.owner !== owner) throw notFound(id);
    return reader.record(execution);
  }
}

/** Names the one job that executes a plan. */
const executionKey = (planId: string): string => `execution of plan ${planId}`;
const executionOf = ({ id, owner }: JobRecord): string => idOfKey(owner, executionKey(id));

/** What is to be executed: as the plan was asked for, but for what the request says. */
function merge(changes: Changes, planned: JobSpec): Changes {
  const isElsewhere = changes.repo_url !== undefined || changes.worktree_id !== undefined;
  const { profile, file_path, lfs, submodules, repo_url, base_ref } = planned;
  const kept = { profile, file_path, lfs, submodules, repo_url, base_ref: isElsewhere ? undefined : base_ref };
  return { ...defined(kept), ...defined(changes) };
}

/** The task of the job that executes a plan; it begins with the plan's own, so that commits are named after that. */
const brief = (task: string, { content }: PlanRecord): string => `${task}

Follow this plan, which was made for the task. Where the repository shows it to be wrong, do what the task needs, and say so.

<plan>
${content}
</plan>`;

function checkReady(plan: PlanRecord): PlanRecord {
  const { id, status, error } = plan;
  if (status === 'failed') throw new ApiError('plan_failed', `plan ${id} could not be made: ${error ?? ''}`);
  if (status === 'pending') throw new ApiError('plan_not_ready', `plan ${id} is not ready`);
  return plan;
}

const notFound = (id: string): ApiError => new ApiError('plan_not_found', `plan ${id} does not exist`);
