import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { JobListReply, JobRecord } from '../../contract/http/job-record.ts';
import { retryId } from '../../contract/shared/derived-id.ts';
import type { JobResult } from '../../contract/workflow/job-progress.ts';
import type { JobSpec } from '../../contract/workflow/job-spec.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, type JobType } from '../../contract/workflow/names.ts';
import type { ServiceContext } from '../context.ts';
import { notFound } from '../http/api-error.ts';
import type { PageOf } from '../http/typed-app.ts';
import { readInput } from '../../temporal-config/read-input.ts';
import { countExecutions, describeExecution, listExecutions } from '../temporal/visibility.ts';
import {
  isSelected,
  selectAhead,
  selectAll,
  selectIds,
  selectJobs,
  SELECT_OPEN,
  type JobFilter,
} from '../temporal/visibility-query.ts';
import { abortable } from '../temporal/with-abort.ts';
import { jobStatusOf, toRecord, type JobExecution } from './record.ts';
import { canonicalQuery } from './resolve-request.ts';

/** Which page of a list. */
interface Cursor {
  limit: number;
  cursor?: string | undefined;
}

/** All that can be known of jobs, and of those that make plans, without a worker. */
export class JobReader {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** The job's record; 404 `job_not_found` also where it belongs to another owner. */
  async get(id: string, owner: string): Promise<JobRecord> {
    return this.record(await this.owned(id, owner));
  }

  /** The job, whoever owns it; undefined where it was never started. */
  async find(id: string): Promise<JobExecution | undefined> {
    const execution = await describeExecution<JobExecution['memo']>(this.#context.client, id);
    return execution?.type === JOB_WORKFLOW || execution?.type === PLAN_WORKFLOW ? execution : undefined;
  }

  /** The owner's job; throws what `get` throws. */
  async owned(id: string, owner: string): Promise<JobExecution> {
    const execution = await this.find(id);
    if (execution?.memo.request?.owner !== owner) throw notFound(id);
    return execution;
  }

  /** The record of a job; `task` is read from its history unless it is given. */
  async record(execution: JobExecution, task?: string): Promise<JobRecord> {
    const { client, uiOf } = this.#context;
    const { id, memo, status } = execution;
    const mayBeRetried = status !== 'RUNNING' && status !== 'COMPLETED';
    const retried = mayBeRetried && (await this.find(retryId(id))) !== undefined;
    const isCut = memo.request?.task_cut === true && task === undefined;
    return toRecord(execution, uiOf(id), {
      queue_position: await this.#queuePosition(execution),
      retried_by: retried ? retryId(id) : null,
      task: isCut ? (await readInput(client, id))?.spec.task : task,
      output: status === 'RUNNING' ? undefined : await this.#outputOf(id),
    });
  }

  /** What the agent of a job that has ended said at its end, also where its work was not delivered. */
  async #outputOf(id: string): Promise<string | undefined> {
    try {
      return ((await this.#resultOf(id)) as JobResult).output;
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const details = error.cause instanceof ApplicationFailure ? error.cause.details : undefined;
      return (details?.[0] as { output?: string } | undefined)?.output;
    }
  }

  /** What was asked for, in full; undefined for a job that does not exist. */
  async requestOf(id: string): Promise<JobSpec | undefined> {
    return (await readInput(this.#context.client, id))?.spec;
  }

  /** Which of `ids` are workflows that were started; one that was started just now may be missing. */
  async known(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const { executions } = await listExecutions(this.#context.client, selectIds(ids), ids.length, undefined);
    return new Set(executions.map(({ id }) => id));
  }

  /** A page of the owner's jobs (or of those that make plans): open ones first, then the newest closed. */
  async list(
    owner: string,
    { limit, cursor, ...query }: Cursor & JobFilter,
    type: JobType = JOB_WORKFLOW,
  ): Promise<PageOf<typeof JobListReply>> {
    const { client, config, index, uiOf } = this.#context;
    const filter = canonicalQuery(config, query);
    const { searchable } = index;
    const select = searchable ? selectJobs(owner, filter, type) : selectAll(type);
    const page = await listExecutions<JobExecution['memo']>(client, select, limit, cursor);
    const records = page.executions.map((execution) => toRecord(execution, uiOf(execution.id)));
    // Whatever a visibility store takes for the same name: only the owner's own.
    const own = records.filter((job) => job.owner === owner);
    const jobs = searchable ? own : own.filter((job) => isSelected(owner, filter, job));
    return { count: jobs.length, jobs, next_cursor: page.nextCursor };
  }

  /** Resolves with the record when the job has ended, or as it is when `signal` aborts. */
  async wait(id: string, owner: string, signal: AbortSignal): Promise<JobRecord> {
    await this.owned(id, owner);
    await this.ended(id, signal);
    return this.get(id, owner);
  }

  /** Resolves when the job has ended, whatever its end, or when `signal` aborts. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    await abortable(this.#context.client, signal, () => this.#resultOf(id)).catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
  }

  /** Whether any job, of whatever owner, waits or runs. */
  async anyOpen(): Promise<boolean> {
    return (await countExecutions(this.#context.client, SELECT_OPEN)) > 0;
  }

  async #queuePosition(execution: JobExecution): Promise<number | null> {
    const { client, index } = this.#context;
    if (!index.searchable || jobStatusOf(execution) !== 'queued') return null;
    const ahead = await countExecutions(client, selectAhead(execution)).catch(() => null);
    return ahead === null ? null : ahead + 1;
  }

  #resultOf(id: string): Promise<unknown> {
    return this.#context.client.workflow.getHandle(id).result();
  }
}
