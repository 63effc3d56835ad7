import type { Sessions } from '../../sessions/service.ts';
import type { Begun, BegunTurn, ChatTurn } from '../turn.ts';

/** Finds, or begins, the session and the run that answer a chat turn. */
export class Conversations {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /**
   * The run that answers the turn. Throws 409 `session_busy`, 422 `idempotency_mismatch`, 429 `queue_full`, 503
   * `no_worker`, and 404 where the client names a session that is not its own.
   */
  async begin(turn: ChatTurn): Promise<Begun> {
    const { owner, package: agent, messages, cli_model: model } = turn;
    const { name: profile } = agent.profile;
    const session = await this.#sessions.create({ profile, ...(model !== undefined && { model }) }, { owner });
    const said = messages.findLast(({ role }) => role === 'user');
    const text = said?.text ?? '';
    const parts = [
      ...(text === '' ? [] : [{ type: 'text' as const, text }]),
      ...(said?.images ?? []).map((image) => ({ type: 'image' as const, ...image })),
    ];
    const { run } = await this.#sessions.post(session.id, { role: 'user', mode: 'queue', parts }, { owner });
    if (run === null) throw new Error('a message of a user has started no run');
    return {
      ...{ kind: 'turn', tier: 'new', session_id: session.id, run_id: run.id, number: run.number },
      ...{ cursor: 0, show: agent.chat.show, is_new: true },
    };
  }

  /** The reader of the turn has gone before its end: what becomes of it is the package's matter. */
  left(_turn: ChatTurn, { run_id }: BegunTurn): void {
    void run_id;
  }
}
