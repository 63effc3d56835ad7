import { WorkflowFailedError } from '@temporalio/client';
import type { RunListReply, RunQuery, RunRecord } from '../../contract/http/run.ts';
import type { SessionListReply, SessionQuery, SessionRecord } from '../../contract/http/session.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { RUN_WORKFLOW, runIdOf, SESSION_WORKFLOW } from '../../contract/workflow/names.ts';
import type { RunOutcome } from '../../contract/workflow/run-state.ts';
import type { RunBrief } from '../../contract/workflow/session-state.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import type { PageOf } from '../http/typed-app.ts';
import { describeExecution, listExecutions, type Execution } from '../temporal/visibility.ts';
import { selectAll, selectJobs } from '../temporal/visibility-query.ts';
import { notBegun, sessionOf, toRunRecord, unbegunRun, type RunExecution } from './run-record.ts';
import { toSessionRecord, type SessionExecution, type SessionMemo } from './session-record.ts';

/** A run, and whether it is a workflow by now. */
export interface FoundRun {
  record: RunRecord;
  begun: boolean;
}

/** 404 for a session that does not exist and, alike, for one of another owner. */
export const noSession = (id: string): Failure => new Failure('session_not_found', `session ${id} does not exist`);

/** The same for a run. */
const noRun = (id: string): ApiError => new ApiError('run_not_found', `run ${id} does not exist`);

/** All that can be known of sessions and their runs without a worker. */
export class SessionReader {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** The session, whoever owns it; undefined where it was never started. */
  async find(id: string): Promise<SessionExecution | undefined> {
    const execution = await describeExecution<SessionMemo>(this.#context.client, id);
    return execution !== undefined && isSession(execution) ? execution : undefined;
  }

  /** The owner's session; 404 `session_not_found` also where it belongs to another owner. */
  async owned(id: string, owner: string): Promise<SessionExecution> {
    const execution = await this.find(id);
    if (execution?.memo.request.owner !== owner) throw noSession(id);
    return execution;
  }

  /** The record of the owner's session; throws what `owned` throws. */
  async get(id: string, owner: string): Promise<SessionRecord> {
    return this.record(await this.owned(id, owner));
  }

  record(execution: SessionExecution): SessionRecord {
    return toSessionRecord(execution, this.#context.uiOf(execution.id));
  }

  /** A page of the owner's sessions: open ones first, then the newest closed. */
  async list(owner: string, { status, limit, cursor }: SessionQuery): Promise<PageOf<typeof SessionListReply>> {
    const { executions, next_cursor } = await this.page(owner, { status, limit, cursor });
    const sessions = executions
      .map((each) => this.record(each))
      .filter((each) => (status ?? each.status) === each.status);
    return { count: sessions.length, sessions, next_cursor };
  }

  /** The same as `list` with what their memos say. */
  async page(
    owner: string,
    { status, limit, cursor }: SessionQuery,
  ): Promise<{ executions: SessionExecution[]; next_cursor: string | null }> {
    const { client, index } = this.#context;
    const select = index.searchable ? selectJobs(owner, { status }, SESSION_WORKFLOW) : selectAll(SESSION_WORKFLOW);
    const page = await listExecutions<SessionMemo>(client, select, limit, cursor);
    const executions = page.executions.filter(isSession).filter(({ memo }) => memo.request.owner === owner);
    return { executions, next_cursor: page.nextCursor };
  }

  /** The record of the owner's run; 404 `run_not_found` also where it belongs to another owner. */
  async run(id: string, owner: string): Promise<RunRecord> {
    return (await this.findRun(id, owner)).record;
  }

  /** The owner's run, as a workflow or, before that, in the memo of its session; throws what `run` throws. */
  async findRun(id: string, owner: string): Promise<FoundRun> {
    const begun = await this.#begunRun(id, owner);
    if (begun !== undefined) return begun;
    const session = await this.find(sessionOf(id));
    if (session?.memo.request.owner !== owner) throw noRun(id);
    const record = unbegunRun(session, id);
    if (record !== undefined) return { record, begun: false };
    // It may have begun, and ended, between the two looks.
    return (await this.#begunRun(id, owner)) ?? Promise.reject(noRun(id));
  }

  /** A run that was asked for just now: its session may not show it yet. */
  async runOf(brief: RunBrief, owner: string): Promise<RunRecord> {
    return this.run(brief.id, owner).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'run_not_found') return notBegun(brief, sessionOf(brief.id));
      throw error;
    });
  }

  async #begunRun(id: string, owner: string): Promise<FoundRun | undefined> {
    const { client, uiOf } = this.#context;
    const execution = await describeExecution<RunExecution['memo']>(client, id);
    if (execution?.type !== RUN_WORKFLOW) return undefined;
    if (execution.memo.request.owner !== owner) throw noRun(id);
    const output = execution.status === 'COMPLETED' ? await this.#outputOf(id) : null;
    const record = toRunRecord(execution, uiOf(id), output);
    return { record: { ...record, status: await this.#statusOf(record) }, begun: true };
  }

  /** What a run says of itself, unless its session knows that it waits for a decision. */
  async #statusOf({ id, session_id, status }: RunRecord): Promise<RunRecord['status']> {
    if (status !== 'running') return status;
    const { approvals = [] } = (await this.find(session_id))?.memo.session ?? {};
    const waits = approvals.some((approval) => approval.run_id === id && approval.status === 'pending');
    return waits ? 'waiting_approval' : status;
  }

  /**
   * A page of a session's runs, the newest first, without what they said; those that are not known any more are left
   * out.
   */
  async runs(id: string, owner: string, { limit, cursor }: RunQuery): Promise<PageOf<typeof RunListReply>> {
    const { client, uiOf } = this.#context;
    const session = await this.owned(id, owner);
    const newest = Math.min(session.memo.session?.runs ?? 0, (cursor ?? Infinity) - 1);
    const numbers = Array.from({ length: Math.min(limit, newest) }, (_, index) => newest - index);
    const records = await Promise.all(
      numbers.map(async (number) => {
        const runId = runIdOf(id, number);
        const execution = await describeExecution<RunExecution['memo']>(client, runId);
        return execution === undefined ? unbegunRun(session, runId) : toRunRecord(execution, uiOf(runId));
      }),
    );
    const runs = records.filter((record) => record !== undefined);
    const last = numbers.at(-1) ?? 1;
    return { count: runs.length, runs, next_cursor: last > 1 ? String(last) : null };
  }

  /** The last words of a run that has ended. */
  async #outputOf(id: string): Promise<string | null> {
    try {
      return ((await this.#context.client.workflow.getHandle(id).result()) as RunOutcome).output;
    } catch (error) {
      if (error instanceof WorkflowFailedError) return null;
      throw error;
    }
  }
}

const isSession = (execution: Execution<SessionMemo>): execution is SessionExecution =>
  execution.type === SESSION_WORKFLOW && execution.memo.request !== undefined;
