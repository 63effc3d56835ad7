import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunRecord } from '../../contract/http/run.ts';
import type {
  DeliverBody,
  MessageBody,
  MessageRecord,
  SessionRecord,
  SessionRequest,
} from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { derivedId } from '../../contract/shared/derived-id.ts';
import { SESSION_WORKFLOW } from '../../contract/workflow/names.ts';
import { INTERRUPT_RUN } from '../../contract/workflow/run-state.ts';
import {
  CANCEL_QUEUED_RUN,
  CLOSE_SESSION,
  DELIVER_WORK,
  POST_MESSAGE,
  type CancelOutcome,
  type CloseRequest,
  type MessageRequest,
  type PostOutcome,
} from '../../contract/workflow/session-state.ts';
import type { SessionContext } from '../context.ts';
import { hashOf } from '../jobs/brief.ts';
import { QueueQuota } from '../jobs/queue-quota.ts';
import { endIfUnheard } from '../temporal/cancel.ts';
import { selectWaiting } from '../temporal/visibility-query.ts';
import { Approvals } from './approvals.ts';
import { askSession, checkRepeated, type Asker } from './ask.ts';
import { Daemon } from './daemon.ts';
import { SessionEnds } from './ends.ts';
import { Family } from './family.ts';
import { messageRequest } from './message.ts';
import { Forks } from './fork.ts';
import { SessionReader } from './reader.ts';
import { sessionOf, toMessageRecord } from './run-record.ts';
import { sessionStart, startSession, type NewSession } from './session-start.ts';
import { sessionSpec } from './spec.ts';
import { untilRunEnded } from './wait.ts';

/** What became of a message. */
export interface Posted {
  message: MessageRecord;
  run: RunRecord | null;
}

/** Creates sessions, posts to them, cancels their runs and closes them; `reader` reads them. */
export class Sessions {
  readonly reader: SessionReader;
  /** Tells who follows the events of a session that it has ended. */
  readonly ends: SessionEnds;
  readonly approvals: Approvals;
  readonly family: Family;
  readonly forks: Forks;
  readonly daemon: Daemon;
  readonly #context: SessionContext;
  readonly #quota: QueueQuota;

  constructor(context: SessionContext) {
    this.#context = context;
    this.reader = new SessionReader(context);
    this.ends = new SessionEnds(context.client);
    this.approvals = new Approvals(context, this.reader);
    this.family = new Family(context, this.reader);
    this.daemon = new Daemon(context);
    this.forks = new Forks(context, this.reader);
    this.#quota = new QueueQuota(context, 'jobs', selectWaiting);
  }

  /** Creates a session. With a key the same request again gets the same session, and any other 422. */
  async create(request: SessionRequest, { owner, key }: Asker): Promise<SessionRecord> {
    const request_hash = hashOf(request);
    const id = key === undefined ? randomUUID() : derivedId(SESSION_WORKFLOW, owner, key);
    const earlier = key === undefined ? undefined : await this.reader.find(id);
    if (earlier === undefined) {
      const spec = await sessionSpec(this.#context.config, request);
      await startSession(this.#context, { id, spec, owner, request_hash });
    }
    const session = earlier ?? (await this.reader.owned(id, owner));
    checkRepeated(session.memo.request.request_hash, request_hash);
    return this.reader.record(session);
  }

  /**
   * Posts a message, which starts a run where its role is `user`. With a key the same message again gets the first
   * outcome, and any other 422 `idempotency_mismatch`. Throws 409 `session_busy` and `session_closed`, 429 `queue_full`
   * and `session_full`, 503 `no_worker`.
   */
  async post(id: string, body: Omit<MessageBody, 'idempotency_key'>, asker: Asker): Promise<Posted> {
    await this.reader.owned(id, asker.owner);
    const request = await messageRequest(this.#context.contents, body);
    if (request.role === 'user') await this.#quota.take(asker.owner);
    return this.#ask(id, POST_MESSAGE, request, asker);
  }

  /**
   * Posts a message of a user to a session, once for each `key`; with `start` the session is started with it, unless
   * it is there. The caller has checked who owns it. Throws as `post`.
   */
  async postOnce(
    id: string,
    request: MessageRequest,
    { owner, key }: { owner: string; key: string },
    start?: NewSession,
  ): Promise<PostOutcome> {
    await this.#quota.take(owner);
    const update = { name: POST_MESSAGE, id: derivedId(POST_MESSAGE, id, key), arg: request };
    return askSession(this.#context, id, update, start && sessionStart(this.#context, start));
  }

  /**
   * Has the work of a session delivered by a run of its own, after those that wait. Keys and refusals are those of
   * `post`; a session without a repository is refused with 400.
   */
  async deliver(id: string, { title }: Omit<DeliverBody, 'idempotency_key'>, asker: Asker): Promise<Posted> {
    await this.reader.owned(id, asker.owner);
    const body_hash = hashOf({ title });
    return this.#ask(id, DELIVER_WORK, { body_hash, ...defined({ title }) }, asker);
  }

  /** Sends an update that takes note of a message and starts a run with it. */
  async #ask(id: string, name: string, arg: { body_hash: string }, { owner, key }: Asker): Promise<Posted> {
    const update = key === undefined ? randomUUID() : derivedId(name, id, key);
    const { message, run, body_hash } = await askSession<PostOutcome>(this.#context, id, { name, id: update, arg });
    checkRepeated(body_hash, arg.body_hash);
    return { message: toMessageRecord(message, id), run: run && (await this.reader.runOf(run, owner)) };
  }

  /** Resolves with the run when it has ended, or as it is when `signal` aborts. */
  async runEnded(id: string, owner: string, signal: AbortSignal): Promise<RunRecord> {
    return untilRunEnded(this.#context, this.reader, { id, owner, signal });
  }

  /**
   * Asks a run to end; one that has ended stays as it is, and one that waits is taken out of the queue. Where no worker
   * takes the request within 5 s, a run that has begun is ended from here.
   */
  async cancelRun(id: string, owner: string): Promise<RunRecord> {
    const { record, begun } = await this.reader.findRun(id, owner);
    if (record.ended_at !== null) return record;
    if (begun) await this.#cancelBegun(id);
    else {
      const update = { name: CANCEL_QUEUED_RUN, id: randomUUID(), arg: id };
      const { cancelled } = await askSession<CancelOutcome>(this.#context, sessionOf(id), update);
      // It has begun meanwhile.
      if (!cancelled) await this.#cancelBegun(id);
    }
    return this.reader.run(id, owner);
  }

  /**
   * Ends the answer of a run; what was said of it stays. One that waits for a decision, or has ended, stays as it is;
   * one that waits for its turn is cancelled. Answers the run as it was.
   */
  async interruptRun(id: string, owner: string): Promise<RunRecord> {
    const { record, begun } = await this.reader.findRun(id, owner);
    if (record.ended_at !== null || record.status === 'waiting_approval') return record;
    if (!begun) return this.cancelRun(id, owner);
    await this.#context.client.workflow.getHandle(id).signal(INTERRUPT_RUN).catch(ignoreEnded);
    return record;
  }

  async #cancelBegun(id: string): Promise<void> {
    const handle = this.#context.client.workflow.getHandle(id);
    await handle.cancel().catch(ignoreEnded);
    void endIfUnheard(handle).catch((error: unknown) =>
      this.#context.log.warn({ run: id, error }, 'could not check that a cancellation took effect'),
    );
  }

  /** Closes a session: it takes nothing more, and ends when its runs have, or have been cancelled. */
  async close(id: string, owner: string, request: CloseRequest): Promise<SessionRecord> {
    const session = await this.reader.get(id, owner);
    if (session.status === 'closed' || session.status === 'failed') return session;
    await askSession(this.#context, id, { name: CLOSE_SESSION, id: randomUUID(), arg: request });
    return this.reader.get(id, owner);
  }
}

/** A run that has ended meanwhile needs nothing more. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
