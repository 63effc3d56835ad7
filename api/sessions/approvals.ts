import { randomUUID } from 'node:crypto';
import type { ApprovalListReply, ApprovalQuery, ApprovalRecord, DecisionBody } from '../../contract/http/approval.ts';
import {
  DECIDE_APPROVAL,
  type ApprovalState,
  type DecisionOutcome,
  type DecisionRequest,
} from '../../contract/workflow/approval-state.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import type { PageOf } from '../http/typed-app.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { SELECT_DECIDING } from '../temporal/visibility-query.ts';
import { listExecutions } from '../temporal/visibility.ts';
import { abortable } from '../temporal/with-abort.ts';
import { inTurns } from '../in-turns.ts';
import { askSession } from './ask.ts';
import type { SessionReader } from './reader.ts';
import type { SessionExecution } from './session-record.ts';

const PAGE = 1_000;

/** Sessions that are looked at at once. */
const AT_ONCE = 8;

/** How long a session may take to hear what it was told (milliseconds). */
const HEARD_MS = 5_000;

/** Who decides, and from where. */
export interface Decider {
  owner: string;
  via: 'rest' | 'cli' | 'mcp' | 'chat' | 'parent';
}

/** The approvals of an owner's sessions: they stand in the sessions' memos. */
export class Approvals {
  readonly #context: ServiceContext;
  readonly #reader: SessionReader;

  constructor(context: ServiceContext, reader: SessionReader) {
    this.#context = context;
    this.#reader = reader;
  }

  /** Those of one session, or of all that are open, the newest last. */
  async list(owner: string, { status, session_id }: ApprovalQuery): Promise<PageOf<typeof ApprovalListReply>> {
    const sessions = session_id === undefined ? await this.#open(owner) : [await this.#reader.owned(session_id, owner)];
    const approvals = recordsOf(sessions).filter((approval) => (status ?? approval.status) === approval.status);
    return { count: approvals.length, approvals };
  }

  /**
   * Those that wait in sessions of all owners, the newest last; undefined while sessions are not found by their status.
   */
  async waiting(): Promise<ApprovalRecord[] | undefined> {
    const { client, index } = this.#context;
    if (!index.searchable) return undefined;
    const { executions } = await listExecutions<SessionExecution['memo']>(client, SELECT_DECIDING, PAGE, undefined);
    return pendingApprovals(executions);
  }

  /**
   * Decides an approval. Throws 404 `approval_not_found`, also where it belongs to another owner, and 409
   * `approval_decided` with the first decision where this is not it.
   */
  async decide(id: string, body: DecisionBody, { owner, via }: Decider): Promise<ApprovalRecord> {
    const session = await this.sessionOf(id, owner, body.session_id);
    const { decision, reason, remember } = body;
    const arg: DecisionRequest = { approval_id: id, decision, remember, by: owner, via, ...defined({ reason }) };
    const update = { name: DECIDE_APPROVAL, id: randomUUID(), arg };
    const { won, approval } = await askSession<DecisionOutcome>(this.#context, session, update);
    if (approval === null) throw notFound(id);
    const record = toApprovalRecord(session, approval);
    if (won) return record;
    throw new ApiError('approval_decided', `approval ${id} is ${approval.status}`).withFacts({ approval: record });
  }

  /** The owner's session that has the approval, among all or `session` alone; throws 404 `approval_not_found`. */
  async sessionOf(id: string, owner: string, session?: string): Promise<string> {
    const has = (each: SessionExecution | undefined): boolean =>
      each !== undefined && approvalsOf(each).some((approval) => approval.id === id);
    const known = session === undefined ? await this.#open(owner) : [await this.#reader.owned(session, owner)];
    const looks = [
      (each: SessionExecution) => Promise.resolve(each),
      // Lists lag behind: what was asked just now stands in the memo alone.
      (each: SessionExecution) => this.#reader.find(each.id),
      // Who reads its events may hear of an approval before the session does.
      (each: SessionExecution) => this.#heard(each.id),
    ];
    for (const look of looks) {
      const found = (await inTurns(AT_ONCE, known, look)).find(has);
      if (found !== undefined) return found.id;
    }
    throw notFound(id);
  }

  /**
   * A session with a run that is under way, when it has heard what it was told until now; undefined where there is no
   * run, or no worker answers in time.
   */
  async #heard(id: string): Promise<SessionExecution | undefined> {
    if ((await this.#reader.find(id))?.memo.session?.active == null) return undefined;
    const { client } = this.#context;
    // Temporal answers a query after what came before it.
    const query = (): Promise<unknown> => client.workflow.getHandle(id).query('__temporal_workflow_metadata');
    const heard = await abortable(client, timeLimit(HEARD_MS), query).catch(() => undefined);
    return heard === undefined ? undefined : this.#reader.find(id);
  }

  async #open(owner: string): Promise<SessionExecution[]> {
    const all: SessionExecution[] = [];
    for (let cursor: string | undefined; ;) {
      const { executions, next_cursor } = await this.#reader.page(owner, { limit: PAGE, cursor });
      const open = executions.filter(({ status }) => status === 'RUNNING');
      all.push(...open);
      // Open ones come first.
      if (next_cursor === null || open.length < executions.length) return all;
      cursor = next_cursor;
    }
  }
}

const notFound = (id: string): ApiError => new ApiError('approval_not_found', `approval ${id} does not exist`);

/** What a session knows of its approvals; one that has ended decides nothing any more. */
const approvalsOf = ({ status, memo }: SessionExecution): readonly ApprovalState[] =>
  (memo.session?.approvals ?? []).map((approval) =>
    approval.status === 'pending' && status !== 'RUNNING' ? { ...approval, status: 'cancelled' } : approval,
  );

/** The approvals of these sessions that wait, the newest last. */
export const pendingApprovals = (sessions: readonly SessionExecution[]): ApprovalRecord[] =>
  recordsOf(sessions).filter(({ status }) => status === 'pending');

const recordsOf = (sessions: readonly SessionExecution[]): ApprovalRecord[] =>
  sessions
    .flatMap((session) => approvalsOf(session).map((approval) => toApprovalRecord(session.id, approval)))
    .sort((a, b) => a.asked_at.localeCompare(b.asked_at));

const toApprovalRecord = (session_id: string, { delivered: _, ...approval }: ApprovalState): ApprovalRecord => ({
  session_id,
  ...approval,
});
