import { WorkflowFailedError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../../contract/shared/defined.ts';
import type { JobResult } from '../../contract/workflow/job-progress.ts';
import type { JobQuery } from '../../contract/http/job-request.ts';
import type { JobSpec } from '../../contract/workflow/job-spec.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, type JobType } from '../../contract/workflow/names.ts';
import { abortable } from '../temporal/with-abort.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import { jobStatusOf, toRecord, type Execution } from './record.ts';
import { retryId } from '../../contract/shared/derived-id.ts';
import {
  isSelected,
  selectAhead,
  selectAll,
  selectIds,
  selectJobs,
  SELECT_OPEN,
  type JobFilter,
} from '../temporal/visibility-query.ts';
import type { JobTerms } from './start-options.ts';
import { countExecutions, listExecutions, readInput } from '../temporal/visibility.ts';

export interface JobReaderOptions extends Pick<JobTerms, 'indexed'> {
  client: Client;
  /** Address of a workflow in the Temporal Web UI; null where none is known. */
  uiOf: (id: string) => string | null;
}

/** Which page of a list. */
type Page = Pick<JobQuery, 'limit' | 'cursor'>;

/** All that can be known of jobs, and of those that make plans, without asking a worker. */
export class JobReader {
  readonly #options: JobReaderOptions;

  constructor(options: JobReaderOptions) {
    this.#options = options;
  }

  /** The job's record; 404 `job_not_found` also where it belongs to another owner. */
  async get(id: string, owner: string): Promise<JobRecord> {
    return this.record(await this.owned(id, owner));
  }

  /** The record of what was described. */
  protected async record(execution: Execution): Promise<JobRecord> {
    const { client, uiOf } = this.#options;
    const { id, memo, status } = execution;
    const task = memo.request?.task_cut ? (await readInput(client, id))?.request.task : undefined;
    const output = status === 'RUNNING' ? undefined : await this.#outputOf(id);
    const mayBeRetried = status !== 'RUNNING' && status !== 'COMPLETED';
    const retried = mayBeRetried && (await this.exists(retryId(id)));
    return toRecord(execution, uiOf(id), {
      queue_position: await this.#queuePosition(execution),
      retried_by: retried ? retryId(id) : null,
      ...defined({ task, output }),
    });
  }

  /** What the agent of a job that has ended said at its end, also where its work was not delivered. */
  async #outputOf(id: string): Promise<string | undefined> {
    try {
      return ((await this.handle(id).result()) as JobResult).output;
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const details = error.cause instanceof ApplicationFailure ? error.cause.details : undefined;
      return (details?.[0] as { output?: string } | undefined)?.output;
    }
  }

  /** What was asked for, in full; undefined for a job that is not there, or is another owner's. */
  async requestOf(id: string, owner: string): Promise<JobSpec | undefined> {
    await this.owned(id, owner);
    return (await readInput(this.#options.client, id))?.request;
  }

  /** Which of `ids` are workflows that were started; one that was started just now may be missing. */
  async known(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const { executions } = await listExecutions(this.#options.client, selectIds(ids), ids.length, undefined);
    return new Set(executions.map(({ id }) => id));
  }

  /** A page of the owner's jobs (or of those that make plans): open ones first, then the newest closed. */
  async list(
    owner: string,
    { limit, cursor, ...filter }: Page & JobFilter,
    type: JobType = JOB_WORKFLOW,
  ): Promise<{ jobs: JobRecord[]; nextCursor: string | null }> {
    const { client, indexed, uiOf } = this.#options;
    const page = await listExecutions(
      client,
      indexed ? selectJobs(owner, filter, type) : selectAll(type),
      limit,
      cursor,
    );
    const records = page.executions.map((execution) => toRecord(execution, uiOf(execution.id)));
    // Whatever a store of visibility takes for the same name: only the owner's own.
    const own = records.filter((job) => job.owner === owner);
    return { jobs: indexed ? own : own.filter((job) => isSelected(owner, filter, job)), nextCursor: page.nextCursor };
  }

  /** Resolves with the record when the job has ended, or as it is when `signal` aborts. */
  async wait(id: string, owner: string, signal: AbortSignal): Promise<JobRecord> {
    await this.owned(id, owner);
    await this.ended(id, signal);
    return this.get(id, owner);
  }

  /** Resolves when the job has ended, whatever its end, or when `signal` aborts. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    await abortable(client, signal, () => this.handle(id).result()).catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
  }

  /** Whether that job was ever started, by whomever. */
  async exists(id: string): Promise<boolean> {
    return this.describe(id).then(
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

  /** The owner's job, as Temporal describes it; throws what `get` throws. */
  protected async owned(id: string, owner: string): Promise<Execution> {
    const execution = await this.describe(id);
    if (execution.memo.request?.owner !== owner) throw notFound(id);
    return execution;
  }

  /** The same, whoever owns it. */
  protected async describe(id: string): Promise<Execution> {
    try {
      const { status, startTime, closeTime, memo, raw, type } = await this.handle(id).describe();
      if (type !== JOB_WORKFLOW && type !== PLAN_WORKFLOW) throw notFound(id);
      const cancelRequested = raw.workflowExtendedInfo?.cancelRequested ?? false;
      return { id, type, status: status.name, startTime, closeTime, cancelRequested, memo: memo as Execution['memo'] };
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? notFound(id) : error;
    }
  }

  async #queuePosition(execution: Execution): Promise<number | null> {
    const { client, indexed } = this.#options;
    if (!indexed || jobStatusOf(execution) !== 'queued') return null;
    const ahead = await countExecutions(client, selectAhead(execution.startTime)).catch(() => null);
    return ahead === null ? null : ahead + 1;
  }

  protected handle(id: string): WorkflowHandle {
    return this.#options.client.workflow.getHandle(id);
  }
}
