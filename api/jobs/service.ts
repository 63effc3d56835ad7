import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { derivedId, retryId } from '../../contract/shared/derived-id.ts';
import type { JobBrief } from '../../contract/workflow/job-progress.ts';
import type { JobSpec, RetryFrom } from '../../contract/workflow/job-spec.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, type JobType } from '../../contract/workflow/names.ts';
import { endIfUnheard } from '../temporal/cancel.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import { JobReader, type JobReaderOptions } from './reader.ts';
import { queueFull, QueueRoom } from './queue-quota.ts';
import { checkRetriable, retrySpec } from './retry.ts';
import { selectWaiting } from '../temporal/visibility-query.ts';
import { findSession, isServed } from './find-agent-session.ts';
import type { Submission } from './resolve-request.ts';
import { briefOf, checkTask, startOptions, type JobTerms } from './start-options.ts';
import { countExecutions, readInput } from '../temporal/visibility.ts';
import { checkWorktree } from '../worktrees/jobs.ts';

export interface JobsOptions extends JobTerms, JobReaderOptions {
  /** How many jobs of one owner may wait. */
  maxQueuedJobs: number;
  log: { warn(fields: object, message: string): void };
}

/** The id of the job of `owner` that is submitted with an Idempotency-Key. */
export const idOfKey = (owner: string, key: string): string => derivedId(JOB_WORKFLOW, owner, key);

/**
 * All that the API does with jobs; with its reader the only place that starts, reads and cancels their workflows. A
 * plan is made by a job of its own kind: it is started, read and cancelled like any other, but no list of jobs shows
 * it.
 */
export class Jobs extends JobReader {
  readonly #options: JobsOptions;
  readonly #room: QueueRoom;

  constructor(options: JobsOptions) {
    super(options);
    this.#options = options;
    const { client, indexed, maxQueuedJobs } = options;
    // Where jobs are not indexed nobody can count an owner's.
    this.#room = new QueueRoom(maxQueuedJobs, (owner) =>
      indexed ? countExecutions(client, selectWaiting(owner)) : Promise.resolve(0),
    );
  }

  /**
   * Starts a job (durably: when this resolves, it will run). With `key` the same request answers the same job, also
   * after its end; another request with that key is refused with 422 `idempotency_mismatch`. A session to go on with
   * must be the owner's: see `findSession`; a worktree must be free: see `checkWorktree`. An owner whose queue is full
   * gets 429 `queue_full`.
   */
  async start(rest: Submission, owner: string, key?: string, type: JobType = JOB_WORKFLOW): Promise<JobRecord> {
    checkTask(rest.task);
    const { session_id } = rest;
    const session = session_id === undefined ? undefined : await findSession(this.#options, session_id, owner);
    const spec: JobSpec = session === undefined ? rest : { ...rest, session };
    const id = key === undefined ? randomUUID() : derivedId(type, owner, key);
    const brief = await this.#launch(id, spec, owner, key !== undefined, type);
    if (key !== undefined) await this.#checkSame(id, brief);
    return this.get(id, owner);
  }

  /** Starts the job with that id, unless there is one. Where it `mayExist` a full queue is no reason to refuse it. */
  async #launch(
    id: string,
    spec: JobSpec,
    owner: string,
    mayExist: boolean,
    type: JobType = JOB_WORKFLOW,
  ): Promise<JobBrief> {
    if (spec.worktree !== undefined && !(mayExist && (await this.exists(id))))
      await checkWorktree(this.#options, spec, owner);
    const brief = briefOf(spec, owner);
    if (!(await this.#room.take(owner)) && !(mayExist && (await this.exists(id))))
      throw queueFull(this.#options.maxQueuedJobs);
    try {
      await this.#options.client.workflow.start(type, {
        workflowId: id,
        ...startOptions(spec, brief, this.#options),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    return brief;
  }

  /**
   * Tries a job that ended without success again, as a new job. The same job is tried again once: a second call answers
   * the first one's job while that runs, and tries that one again when it has failed. Throws 409 `job_running` and
   * `job_succeeded`, and what `retrySpec` throws.
   */
  async retry(id: string, owner: string, from?: RetryFrom): Promise<JobRecord> {
    const last = await this.#lastTry(id, owner);
    const execution = await this.owned(last, owner);
    const job = await this.record(execution);
    if (last !== id && job.ended_at === null) return job;
    checkRetriable(job);
    const { client } = this.#options;
    const input = await readInput(client, last);
    if (input === undefined || execution.type === PLAN_WORKFLOW) throw notFound(last);
    const disk = job.disk ?? input.request.retry?.disk;
    const served = disk !== undefined && (await isServed(client, disk));
    const spec = retrySpec({ job, progress: execution.memo.progress, input, served }, from);
    const next = retryId(last);
    await this.#launch(next, spec, owner, true);
    return this.get(next, owner);
  }

  /** The newest of the jobs that tried `id` again; `id` itself where none did. */
  async #lastTry(id: string, owner: string): Promise<string> {
    await this.owned(id, owner);
    for (let last = id; ;) {
      const next = retryId(last);
      if (!(await this.exists(next))) return last;
      last = next;
    }
  }

  async #checkSame(id: string, brief: JobBrief): Promise<void> {
    const { memo } = await this.describe(id);
    if (memo.request?.request_hash !== brief.request_hash)
      throw new ApiError('idempotency_mismatch', 'the Idempotency-Key was used for another request', 'Idempotency-Key');
  }

  /**
   * Asks the job to end; a job that has ended stays as it is. Where no worker takes the request within 5 s, the job is
   * ended from here.
   */
  async cancel(id: string, owner: string): Promise<JobRecord> {
    const { status } = await this.owned(id, owner);
    if (status === 'RUNNING') {
      await this.handle(id)
        .cancel()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      void endIfUnheard(this.handle(id)).catch((error: unknown) =>
        this.#options.log.warn({ job: id, error }, 'could not check that a cancellation took effect'),
      );
    }
    return this.get(id, owner);
  }
}
