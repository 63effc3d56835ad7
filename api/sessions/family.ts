import { randomUUID } from 'node:crypto';
import type { RunRecord } from '../../contract/http/run.ts';
import type { MessageRecord, ReplyParentBody, SessionRecord, SpawnBody } from '../../contract/http/session.ts';
import { derivedId } from '../../contract/shared/derived-id.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import {
  ESCALATE,
  MAX_INLINE_BYTES,
  SPAWN_CHILD,
  type Escalation,
  type EscalationOutcome,
  type SpawnOutcome,
  type SpawnRequest,
} from '../../contract/workflow/session-state.ts';
import type { SessionContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import { hashOf } from '../jobs/brief.ts';
import { askSession, checkRepeated, type Asker } from './ask.ts';
import { checkLength, messageRequest } from './message.ts';
import type { SessionReader } from './reader.ts';
import { sessionOf, toMessageRecord } from './run-record.ts';
import { childSpec } from './spec.ts';

/** What became of what a child said to its parent. */
export interface Escalated {
  parent_session_id: string;
  message: MessageRecord;
  run: RunRecord | null;
}

/** Child sessions, and what they tell their parents. */
export class Family {
  readonly #context: SessionContext;
  readonly #reader: SessionReader;

  constructor(context: SessionContext, reader: SessionReader) {
    this.#context = context;
    this.#reader = reader;
  }

  /** Starts a child of a run; throws what `spawn` throws, and 404 `run_not_found`. */
  async spawnOfRun(runId: string, body: SpawnBody, asker: Asker): Promise<{ session: SessionRecord; run: RunRecord }> {
    await this.#reader.findRun(runId, asker.owner);
    return this.#spawn(sessionOf(runId), runId, body, asker);
  }

  /**
   * Starts a child of a session, for its run that is under way, else for its last one. With a key the same request
   * again gets the same child. Throws 409 `child_limit`, `session_closed`, and what `childSpec` throws.
   */
  async spawn(id: string, body: SpawnBody, asker: Asker): Promise<{ session: SessionRecord; run: RunRecord }> {
    const { memo } = await this.#reader.owned(id, asker.owner);
    const { active, runs = 0 } = memo.session ?? {};
    return this.#spawn(id, active?.id ?? runIdOf(id, Math.max(1, runs)), body, asker);
  }

  async #spawn(
    parent: string,
    run_id: string,
    body: SpawnBody,
    { owner, key }: Asker,
  ): Promise<{ session: SessionRecord; run: RunRecord }> {
    const { task, idempotency_key: _, wake = true, ...asked } = body;
    const { config, contents } = this.#context;
    const spec = await childSpec(config, asked);
    const request: SpawnRequest = {
      session_id: key === undefined ? randomUUID() : derivedId(SPAWN_CHILD, parent, key),
      run_id,
      task: await messageRequest(contents, { role: 'user', text: task, mode: 'queue' }),
      spec,
      wake,
      body_hash: hashOf({ task, wake, ...asked }),
    };
    const update = { name: SPAWN_CHILD, id: request.session_id, arg: request };
    const { session_id, run, body_hash } = await askSession<SpawnOutcome>(this.#context, parent, update);
    checkRepeated(body_hash, request.body_hash);
    const session = await this.#reader.get(session_id, owner);
    return { session, run: await this.#reader.runOf(run, owner) };
  }

  /**
   * Tells the parent of a run's session something; with `wake` it starts a run there. Throws 409 `no_parent` and, where
   * the parent is closed, `session_closed`.
   */
  async replyParent(runId: string, body: ReplyParentBody, { owner, key }: Asker): Promise<Escalated> {
    await this.#reader.findRun(runId, owner);
    const from_session = sessionOf(runId);
    const { memo } = await this.#reader.owned(from_session, owner);
    const { parent } = memo.request.spec;
    if (parent === undefined) throw new ApiError('no_parent', `session ${from_session} has no parent`);
    const { text, request_kind, wake = false } = body;
    checkLength(text, 'text', MAX_INLINE_BYTES);
    const said: Omit<Escalation, 'body_hash'> = { from_session, from_run: runId, text, request_kind, wake };
    const arg: Escalation = { ...said, body_hash: hashOf(said) };
    const id = key === undefined ? randomUUID() : derivedId(ESCALATE, runId, key);
    const parent_session_id = parent.session_id;
    const { message, run, body_hash } = await askSession<EscalationOutcome>(this.#context, parent_session_id, {
      name: ESCALATE,
      id,
      arg,
    });
    checkRepeated(body_hash, arg.body_hash);
    return {
      parent_session_id,
      message: toMessageRecord(message, parent_session_id),
      run: run && (await this.#reader.runOf(run, owner)),
    };
  }
}
