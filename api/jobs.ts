import { randomUUID } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { derivedId } from '../contract/derived-id.ts';
import type { JobQuery, JobRecord } from '../contract/job.ts';
import { JOB_WORKFLOW } from '../contract/names.ts';
import type { JobBrief, JobResult, JobSpec } from '../contract/steps.ts';
import { endIfUnheard } from './cancel.ts';
import { ApiError, notFound } from './errors.ts';
import { statusOf, toRecord, type Execution } from './record.ts';
import { queueFull, QueueRoom } from './queue-room.ts';
import { isSelected, selectAhead, selectJobs, selectWaiting, SELECT_OPEN } from './selection.ts';
import { findSession } from './sessions.ts';
import type { Submission } from './spec.ts';
import { briefOf, checkTask, startOptions, type JobTerms } from './submission.ts';
import { countExecutions, listExecutions, readInput } from './visibility.ts';

export interface JobsOptions extends JobTerms {
  client: Client;
  /** How many jobs of one owner may wait. */
  maxQueuedJobs: number;
  /** Address of a workflow in the Temporal Web UI; null where none is known. */
  uiOf: (id: string) => string | null;
  log: { warn(fields: object, message: string): void };
}

/** All that the API does with jobs; the only place that starts, reads and cancels their workflows. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #room: QueueRoom;

  constructor(options: JobsOptions) {
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
   * must be the owner's: see `findSession`. An owner whose queue is full gets 429 `queue_full`.
   */
  async start({ session_id, ...rest }: Submission, owner: string, key?: string): Promise<JobRecord> {
    checkTask(rest.task);
    const session = session_id === undefined ? undefined : await findSession(this.#options, session_id, owner);
    const spec: JobSpec = session === undefined ? rest : { ...rest, session };
    const id = key === undefined ? randomUUID() : derivedId('job', owner, key);
    const brief = briefOf(spec, owner);
    if (!(await this.#room.take(owner)) && (key === undefined || !(await this.#exists(id))))
      throw queueFull(this.#options.maxQueuedJobs);
    try {
      await this.#options.client.workflow.start(JOB_WORKFLOW, {
        workflowId: id,
        ...startOptions(spec, brief, this.#options),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (key !== undefined) await this.#checkSame(id, brief);
    return this.get(id, owner);
  }

  async #checkSame(id: string, brief: JobBrief): Promise<void> {
    const { memo } = await this.#describe(id);
    if (memo.request?.request_hash !== brief.request_hash)
      throw new ApiError(
        422,
        'idempotency_mismatch',
        'this Idempotency-Key was used for another request',
        'Use a new key for a new job.',
        'Idempotency-Key',
      );
  }

  /** The job's record; 404 `job_not_found` also where it belongs to another owner. */
  async get(id: string, owner: string): Promise<JobRecord> {
    const execution = await this.#owned(id, owner);
    const { client, uiOf } = this.#options;
    const task = execution.memo.request?.task_cut ? (await readInput(client, id))?.request.task : undefined;
    const done = execution.status === 'COMPLETED';
    const result = done ? ((await this.#handle(id).result()) as JobResult) : undefined;
    return toRecord(execution, uiOf(id), {
      queue_position: await this.#queuePosition(execution),
      ...(task === undefined ? {} : { task }),
      ...(result ? { result } : {}),
    });
  }

  /** A page of the owner's jobs: open ones first, then the newest closed. */
  async list(
    owner: string,
    { limit, cursor, ...filter }: JobQuery,
  ): Promise<{ jobs: JobRecord[]; nextCursor: string | null }> {
    const { client, indexed, uiOf } = this.#options;
    const page = await listExecutions(client, indexed ? selectJobs(owner, filter) : '', limit, cursor);
    const records = page.executions.map((execution) => toRecord(execution, uiOf(execution.id)));
    // Whatever a store of visibility takes for the same name: only the owner's own.
    const own = records.filter((job) => job.owner === owner);
    return { jobs: indexed ? own : own.filter((job) => isSelected(owner, filter, job)), nextCursor: page.nextCursor };
  }

  /**
   * Asks the job to end; a job that has ended stays as it is. Where no worker takes the request within 5 s, the job is
   * ended from here.
   */
  async cancel(id: string, owner: string): Promise<JobRecord> {
    const { status } = await this.#owned(id, owner);
    if (status === 'RUNNING') {
      await this.#handle(id)
        .cancel()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      void endIfUnheard(this.#handle(id)).catch((error: unknown) =>
        this.#options.log.warn({ job: id, error }, 'a cancellation was not followed up'),
      );
    }
    return this.get(id, owner);
  }

  /** Resolves with the record when the job has ended, or as it is when `signal` aborts. */
  async wait(id: string, owner: string, signal: AbortSignal): Promise<JobRecord> {
    await this.#owned(id, owner);
    await this.ended(id, signal);
    return this.get(id, owner);
  }

  /** Resolves when the job has ended, whatever its end, or when `signal` aborts. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    await client
      .withAbortSignal(signal, () => this.#handle(id).result())
      .catch((error: unknown) => {
        const name = error instanceof Error ? error.name : '';
        if (!signal.aborted && name !== 'WorkflowFailedError') throw error;
      });
  }

  async #exists(id: string): Promise<boolean> {
    return this.#describe(id).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError) return false;
        throw error;
      },
    );
  }

  /** Whether any job, of whatever owner, waits or runs. */
  async anyOpen(): Promise<boolean> {
    return (await countExecutions(this.#options.client, SELECT_OPEN)) > 0;
  }

  async #owned(id: string, owner: string): Promise<Execution> {
    const execution = await this.#describe(id);
    if (execution.memo.request?.owner !== owner) throw notFound(id);
    return execution;
  }

  async #describe(id: string): Promise<Execution> {
    try {
      const { status, startTime, closeTime, memo, raw, type } = await this.#handle(id).describe();
      if (type !== JOB_WORKFLOW) throw notFound(id);
      const cancelRequested = raw.workflowExtendedInfo?.cancelRequested ?? false;
      return { id, status: status.name, startTime, closeTime, cancelRequested, memo: memo as Execution['memo'] };
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? notFound(id) : error;
    }
  }

  async #queuePosition(execution: Execution): Promise<number | null> {
    const { client, indexed } = this.#options;
    if (!indexed || statusOf(execution) !== 'queued') return null;
    const ahead = await countExecutions(client, selectAhead(execution.startTime)).catch(() => null);
    return ahead === null ? null : ahead + 1;
  }

  #handle(id: string): WorkflowHandle {
    return this.#options.client.workflow.getHandle(id);
  }
}
