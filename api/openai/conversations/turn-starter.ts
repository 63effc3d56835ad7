import { randomUUID } from 'node:crypto';
import { defined } from '../../../contract/shared/defined.ts';
import { Failure } from '../../../contract/shared/failures.ts';
import { runIdOf } from '../../../contract/workflow/names.ts';
import type { MessageRequest, SessionSpec } from '../../../contract/workflow/session-state.ts';
import type { SessionContext } from '../../context.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Sessions } from '../../sessions/service.ts';
import type { NewSession } from '../../sessions/session-start.ts';
import type { ChatTurn } from '../turn.ts';
import { chatMessage } from './chat-message.ts';
import { chatSpec } from './chat-spec.ts';
import type { History } from './history.ts';
import { withTranscript } from './transcript.ts';
import { busy, type FoundTurn } from './turn-finder.ts';
import { isPosted, type PostedTurn, type ChatTurnRecord, type TurnRecords } from './turn-records.ts';

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  turns: TurnRecords;
}

/** What a client asks for, as it was read. */
export interface Asked {
  turn: ChatTurn;
  history: History;
  body_hash: string;
}

/** Posts the message of a claimed turn: once, however often it is asked to. */
export class TurnStarter {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Answers the turn with its run. One whose session is gone gets a new session, which is told what the client shows.
   * Throws 409 `conversation_busy`, 404 `session_not_found`, and what Sessions.postOnce throws; a turn that is refused
   * is over.
   */
  async start(asked: Asked, { turn: claimed, interrupts }: FoundTurn): Promise<PostedTurn> {
    const { owner } = asked.turn;
    await this.#checkOwner(claimed, owner);
    if (interrupts && isPosted(interrupts))
      await this.#parts.sessions.interruptRun(runIdOf(interrupts.session_id, interrupts.run), owner);
    try {
      return await this.#post(asked, claimed, await this.#specOf(asked, claimed));
    } catch (error) {
      if (isCode(error, 'session_closed') || isCode(error, 'session_not_found')) return this.#mend(asked, claimed);
      // Whether the message was posted is not known: the same request finds out.
      if (!isRefusal(error)) throw error;
      await this.#parts.turns.refuse(claimed);
      throw isCode(error, 'session_busy') ? busy() : error;
    }
  }

  /** Starts the run of a turn of which nothing is kept, in a new session; answers its number. */
  async startAlone({ turn, history, body_hash }: Asked, session_id: string): Promise<number> {
    const { owner } = turn;
    const isTold = history.instructions === undefined;
    const first = { told: 0, steers: false, begins: 'new' as const, isTold };
    const message = await this.#message({ turn, history, body_hash }, first);
    const spec = chatSpec(this.#parts.context.config, turn, { isAlone: true });
    const start = { id: session_id, spec, owner, request_hash: body_hash };
    return this.#run(session_id, message, { owner, key: session_id }, start);
  }

  /** A session that the client has named must be its own. */
  async #checkOwner(claimed: ChatTurnRecord, owner: string): Promise<void> {
    if (claimed.begins !== 'continued' || claimed.after !== null) return;
    try {
      await this.#parts.sessions.reader.owned(claimed.session_id, owner);
    } catch (error) {
      await this.#parts.turns.refuse(claimed);
      throw error;
    }
  }

  /** What the session of the turn is to be: a fork is what its source is. Undefined where there is a session. */
  async #specOf({ turn }: Asked, { begins }: ChatTurnRecord): Promise<SessionSpec | undefined> {
    const { context, sessions } = this.#parts;
    const usual = chatSpec(context.config, turn, { isAlone: false });
    if (typeof begins === 'string') return begins === 'new' ? usual : undefined;
    const spec = await sessions.forks.spec(begins.session_id, { before_run: begins.runs + 1 }, turn.owner);
    const { idle_ttl_s, model_wait_s } = usual;
    return { ...spec, ...defined({ idle_ttl_s, model_wait_s }) };
  }

  /** The same turn in a new session; where the client shows no history, in a fork of the one that is closed. */
  async #mend(asked: Asked, gone: ChatTurnRecord): Promise<PostedTurn> {
    const session_id = await this.#parts.turns.claimSubstitute(gone.key, randomUUID());
    const { after } = asked.turn;
    const begins = after === undefined ? ('new' as const) : { session_id: after.session_id, runs: after.run };
    const mended = { ...gone, session_id, told: 0, cursor: 0, steers: false, parent_instructions: null, begins };
    return this.#post(asked, mended, await this.#specOf(asked, mended));
  }

  async #post(asked: Asked, claimed: ChatTurnRecord, spec: SessionSpec | undefined): Promise<PostedTurn> {
    const { owner } = asked.turn;
    const { session_id, key, begins, instructions, parent_instructions } = claimed;
    const isTold = instructions === (begins === 'continued' ? parent_instructions : null);
    const message = await this.#message(asked, { ...claimed, isTold });
    const start = spec && { id: session_id, spec, owner, request_hash: asked.body_hash };
    const run = await this.#run(session_id, message, { owner, key }, start);
    const posted = { ...claimed, run };
    await this.#parts.turns.put(posted);
    return posted;
  }

  /** `isTold`: the session knows the system message. */
  async #message(
    { turn, history, body_hash }: Asked,
    { told, steers, begins, isTold }: Pick<ChatTurnRecord, 'told' | 'steers' | 'begins'> & { isTold: boolean },
  ): Promise<MessageRequest> {
    const said = withTranscript(history.before.slice(told), history.last);
    // The run before it may have answered, and not ended yet.
    const mode = steers ? 'steer' : begins === 'continued' ? 'queue' : 'reject';
    const instructions = isTold ? undefined : (history.instructions ?? '');
    return chatMessage(this.#parts.context.contents, said, {
      mode,
      body_hash,
      instructions,
      timeout_s: turn.timeout_s,
    });
  }

  async #run(
    session_id: string,
    message: MessageRequest,
    asker: { owner: string; key: string },
    start: NewSession | undefined,
  ): Promise<number> {
    const { run } = await this.#parts.sessions.postOnce(session_id, message, asker, start);
    if (run === null) throw new Error('a message of a user has started no run');
    return run.number;
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Failure || (error instanceof ApiError && error.code !== 'no_worker');

const isCode = (error: unknown, code: Failure['type']): boolean => error instanceof Failure && error.type === code;
