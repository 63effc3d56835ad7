import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { JobRequest, RetryRequest } from '../../contract/http/job-request.ts';
import { derivedId, retryId } from '../../contract/shared/derived-id.ts';
import type { JobInput, JobSpec } from '../../contract/workflow/job-spec.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, type JobType } from '../../contract/workflow/names.ts';
import { introduceJob } from '../../contract/workflow/static-details.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import { endIfUnheard } from '../temporal/cancel.ts';
import { isServed } from '../temporal/pollers.ts';
import { startOptions } from '../temporal/start-options.ts';
import { readInput } from '../../temporal-config/read-input.ts';
import { selectWaiting } from '../temporal/visibility-query.ts';
import { checkFree, locateWorktree } from '../worktrees/use.ts';
import { briefOf, hashOf } from './brief.ts';
import { QueueQuota } from './queue-quota.ts';
import { JobReader } from './reader.ts';
import type { JobExecution } from './record.ts';
import { resolveRequest } from './resolve-request.ts';
import { checkRetriable, retrySpec } from './retry.ts';

/** Who submits a job, and under which name. */
export interface Submitter {
  owner: string;
  /** The caller's Idempotency-Key: the same key and request again get the same job. */
  key?: string | undefined;
  type?: JobType;
}

/** A job to start. */
interface Launch {
  id: string;
  type: JobType;
  spec: JobSpec;
  owner: string;
  request_hash: string;
}

/** The id of the workflow that is started with an Idempotency-Key. */
export const idOfKey = (owner: string, key: string, type: JobType = JOB_WORKFLOW): string =>
  derivedId(type, owner, key);

/**
 * Starts, retries and cancels jobs; `reader` reads them. A plan is made by a job of its own type: it is started, read
 * and cancelled like any other, but no list of jobs shows it.
 */
export class Jobs {
  readonly reader: JobReader;
  readonly #context: ServiceContext;
  readonly #quota: QueueQuota;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.reader = new JobReader(context);
    this.#quota = new QueueQuota(context, 'jobs', selectWaiting);
  }

  /** Starts the job that a caller asks for: see `start`. Throws what `resolveRequest` throws. */
  async submit(request: JobRequest, submitter: Submitter): Promise<JobRecord> {
    return this.start(request, submitter, () => resolveRequest(this.#context, request, submitter.owner));
  }

  /**
   * Starts a job (durably: when this resolves, it will run). With a key, `said` again gets the same job, also after its
   * end, and whatever `resolve` would make of it by then; anything else with that key is refused with 422
   * `idempotency_mismatch`. An owner whose queue is full gets 429 `queue_full`.
   */
  async start(
    said: object,
    { owner, key, type = JOB_WORKFLOW }: Submitter,
    resolve: () => Promise<JobSpec>,
  ): Promise<JobRecord> {
    const request_hash = hashOf(said);
    const id = key === undefined ? randomUUID() : idOfKey(owner, key, type);
    const earlier = key === undefined ? undefined : await this.#repeated(id, request_hash);
    if (earlier !== undefined) return earlier;
    const job = await this.#launch({ id, type, spec: await resolve(), owner, request_hash });
    return job ?? (await this.#repeated(id, request_hash)) ?? Promise.reject(notFound(id));
  }

  /** The job that was started with the same key and the same request; undefined where there is none. */
  async #repeated(id: string, hash: string): Promise<JobRecord | undefined> {
    const execution = await this.reader.find(id);
    if (execution === undefined) return undefined;
    if (execution.memo.request?.request_hash === hash) return this.reader.record(execution);
    throw new ApiError('idempotency_mismatch', 'the Idempotency-Key was used for another request', 'Idempotency-Key');
  }

  /** Starts a job; its record is made of what was written. Undefined where there is a job with this id. */
  async #launch({ id, type, spec, owner, request_hash }: Launch): Promise<JobRecord | undefined> {
    const { client, config, index, uiOf } = this.#context;
    await this.#quota.take(owner);
    const request = briefOf(spec, { owner, request_hash, ttl_seconds: config.jobTtl });
    const { profile, repo_url: repo, worktree_id: worktree } = request;
    const times = { seat_timeout_s: config.seatTimeoutS, ttl_s: config.jobTtl };
    const input: JobInput = { spec, owner, ...times, indexed: index.indexed };
    const introduction = introduceJob(spec, { id, owner, uiOf });
    const agent = spec.agent ?? spec.profile_agent ?? null;
    try {
      await client.workflow.start(type, {
        workflowId: id,
        ...startOptions({ input, request, introduction, attributes: { profile, agent, owner, repo, worktree } }),
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
      throw error;
    }
    const startTime = new Date(request.created_at);
    const execution = { id, type, status: 'RUNNING', startTime, cancelRequested: false, memo: { request } };
    return this.reader.record(execution, spec.task);
  }

  /**
   * Retries a job that ended without success, as a new job. A job is retried once: a second call gets the first one's
   * job while that runs, and retries that one when it has failed. Throws 409 `job_running` and `job_succeeded`, and
   * what `retrySpec` throws.
   */
  async retry(id: string, owner: string, { from }: RetryRequest): Promise<JobRecord> {
    const execution = await this.#lastTry(id, owner);
    const last = execution.id;
    const job = await this.reader.record(execution);
    if (last !== id && job.ended_at === null) return job;
    checkRetriable(job);
    const { client } = this.#context;
    const input = await readInput(client, last);
    if (input === undefined || execution.type === PLAN_WORKFLOW) throw notFound(last);
    const disk = job.disk ?? input.spec.retry?.disk;
    const served = disk !== undefined && (await isServed(client, disk));
    const spec = retrySpec({ job, progress: execution.memo.progress, input, served }, from);
    const located = await locateWorktree(this.#context, spec, owner);
    if (located !== undefined) await checkFree(this.#context, located.worktree, spec.session);
    const next = retryId(last);
    const retry = {
      id: next,
      type: JOB_WORKFLOW,
      spec,
      owner,
      request_hash: hashOf({ retry_of: last, from }),
    } as const;
    return (await this.#launch(retry)) ?? this.reader.get(next, owner);
  }

  /** The newest of the jobs that retried `id`; `id` itself where none did. */
  async #lastTry(id: string, owner: string): Promise<JobExecution> {
    for (let last = await this.reader.owned(id, owner); ;) {
      const next = await this.reader.find(retryId(last.id));
      if (next === undefined) return last;
      last = next;
    }
  }

  /**
   * Asks the job to end; a job that has ended stays as it is. Where no worker takes the request within 5 s, the job is
   * ended from here.
   */
  async cancel(id: string, owner: string): Promise<JobRecord> {
    const { status } = await this.reader.owned(id, owner);
    if (status === 'RUNNING') {
      const handle = this.#context.client.workflow.getHandle(id);
      await handle.cancel().catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
      void endIfUnheard(handle).catch((error: unknown) =>
        this.#context.log.warn({ job: id, error }, 'could not check that a cancellation took effect'),
      );
    }
    return this.reader.get(id, owner);
  }
}
