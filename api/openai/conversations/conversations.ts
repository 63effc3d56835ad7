import { defined } from '../../../contract/shared/defined.ts';
import { Failure } from '../../../contract/shared/failures.ts';
import { runIdOf, sessionOfRun } from '../../../contract/workflow/names.ts';
import type { EventLog } from '../../../events/event-log.ts';
import type { SessionContext } from '../../context.ts';
import { invalid } from '../../http/api-error.ts';
import { checkRepeated } from '../../sessions/ask.ts';
import type { Sessions } from '../../sessions/service.ts';
import type { Begun, BegunTurn, ChatTurn, ConversationTier } from '../turn.ts';
import { answerHashes } from './answers.ts';
import { shortHash } from './chain.ts';
import type { ChatDecision } from './decision.ts';
import { isBlank, readHistory, readTask } from './history.ts';
import { placeOf, type Place } from './place.ts';
import { Readers } from './readers.ts';
import { openRecords } from './open-records.ts';
import type { Records } from './records.ts';
import { ShownSettings } from './shown.ts';
import { TurnFinder, type FoundTurn } from './turn-finder.ts';
import { isPosted, TurnRecords, type PostedTurn } from './turn-records.ts';
import { TurnStarter, type Asked } from './turn-starter.ts';

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  events: EventLog;
}

/** How long a client may be away before the answer that it waits for is interrupted (milliseconds). */
const GRACE_MS = 10_000;

type Found = Pick<BegunTurn, 'tier' | 'session_id' | 'run_id' | 'number' | 'cursor' | 'is_new'>;

/** Finds or starts the run that answers a chat request, whose history is all that its client keeps. */
export class Conversations {
  readonly #parts: Parts;
  readonly #records: readonly Records[];
  readonly #turns: TurnRecords;
  readonly #shown: ShownSettings;
  readonly #readers = new Readers();
  readonly #finder: TurnFinder;
  readonly #starter: TurnStarter;
  /** The turns that were started here, for as long as they are read. */
  readonly #started = new Map<string, PostedTurn>();

  constructor(parts: Parts) {
    const { config } = parts.context;
    const [lasting, passing] = [openRecords(config), openRecords(config, config.conversationTtl)];
    this.#parts = parts;
    this.#records = [lasting, passing];
    this.#turns = new TurnRecords(passing);
    this.#shown = new ShownSettings(lasting, passing);
    this.#finder = new TurnFinder({ ...parts, turns: this.#turns, readers: this.#readers });
    this.#starter = new TurnStarter({ ...parts, turns: this.#turns });
  }

  /**
   * Starts the run that answers `turn`, or finds the one that does already. Its events are those of run `number` in the
   * stream of the session after `cursor`. Every turn that is answered here is to be followed by `answered` or `left`.
   * Throws 400 for a message that says nothing, 409 `conversation_busy`, `approval_decided` and `session_closed`, 422
   * `idempotency_mismatch`, 404 `approval_not_found` and `session_not_found`, 429 `queue_full`, and 503 `no_worker`.
   */
  async begin(turn: ChatTurn): Promise<Begun> {
    const history = (turn.is_task ? readTask : readHistory)(turn.messages);
    if (history === undefined) throw invalid('messages', 'must have a message of the user');
    const { decision, toggles, last } = history;
    const show = await this.#shown.change(turn, toggles.changes);
    if (toggles.found && isBlank(last)) return { kind: 'settings', show };
    if (isBlank(last)) throw invalid('messages', 'must end with a message of the user that says something');
    const place = placeOf(turn, history);
    const asked: Asked = { turn, history, body_hash: place.body_hash };
    const found = decision === undefined ? await this.#answer(asked, place) : await this.#decide(turn, decision, place);
    this.#readers.joined(found.run_id);
    return { kind: 'turn', ...found, show };
  }

  /** The client has all of the answer; `texts` are those of the agent, one after the other, shown or not. */
  async answered(_turn: ChatTurn, { run_id, is_new }: BegunTurn, texts: readonly string[]): Promise<void> {
    const started = this.#started.get(run_id);
    this.#readers.done(run_id);
    this.#started.delete(run_id);
    if (is_new && started !== undefined) await this.#turns.put({ ...started, answers: answerHashes(texts) });
  }

  /**
   * The client does not read any more, and has not all of the answer. What becomes of the run is said by the package:
   * it goes on, or it is interrupted unless a client asks for it again within the grace. One that waits for a decision
   * waits on. What is no conversation ends with its client.
   */
  left({ owner, is_task, package: { chat } }: ChatTurn, { run_id }: BegunTurn): void {
    this.#started.delete(run_id);
    if (!is_task && chat.on_disconnect === 'continue') return this.#readers.done(run_id);
    const { sessions, context } = this.#parts;
    const end = (): Promise<unknown> =>
      is_task ? sessions.cancelRun(run_id, owner) : sessions.interruptRun(run_id, owner);
    this.#readers.left(run_id, is_task ? 0 : GRACE_MS, () => {
      end().catch((error: unknown) => context.log.warn({ run: run_id, error }, 'could not end a turn without readers'));
    });
  }

  close(): void {
    this.#readers.close();
    for (const records of this.#records) records.close();
  }

  async #answer(asked: Asked, place: Place): Promise<Found> {
    const { turn } = asked;
    if (turn.is_task || (!place.isNamed && !this.#parts.context.config.convHashFallback)) {
      const { session_id, run } = await this.#starter.startAlone(asked);
      return foundAt('ephemeral', { session_id, run, cursor: 0 }, true);
    }
    const { turn: claimed, isNew } = await this.#claim(turn, place);
    const started = isPosted(claimed) ? claimed : await this.#starter.start(asked, claimed);
    if (isNew) this.#started.set(runIdOf(started.session_id, started.run), started);
    const cursor = isNew ? started.cursor : Math.max(started.cursor, turn.last_event_id ?? 0);
    return foundAt(place.tier, { ...started, cursor }, isNew);
  }

  /** The turn of a request; with an Idempotency-Key that for which it was used first. */
  async #claim(turn: ChatTurn, place: Place): Promise<FoundTurn> {
    const { body_hash } = place;
    if (turn.idempotency_key === undefined) return this.#finder.find(turn, place);
    const name = shortHash(turn.owner, turn.package.name, turn.idempotency_key);
    const known = await this.#turns.usedKey(name);
    const used = known && (await this.#turns.get(known.list, known.key));
    const isFree = used?.refused === true;
    if (known !== undefined && !isFree) checkRepeated(known.body_hash, body_hash);
    if (used !== undefined && !isFree) return { turn: used, isNew: false };
    const found = await this.#finder.find(turn, place);
    const { list, key } = found.turn;
    const use = { body_hash, list, key };
    const first = isFree ? await this.#turns.reuseKey(name, use) : await this.#turns.claimKey(name, use);
    if (first.key === key) return found;
    await this.#turns.refuse(found.turn);
    checkRepeated(first.body_hash, body_hash);
    return { turn: (await this.#turns.get(first.list, first.key)) ?? found.turn, isNew: false };
  }

  /** Decides an approval; the run that waited for it goes on, and its events are read from there. */
  async #decide(turn: ChatTurn, { approval_id, decision, reason }: ChatDecision, place: Place): Promise<Found> {
    const { sessions, events } = this.#parts;
    const { owner } = turn;
    const { approvals } = await sessions.approvals.list(owner, {});
    const listed = approvals.find(({ id }) => id === approval_id)?.session_id;
    const cursor = listed === undefined ? 0 : await events.last(listed);
    const body = { decision, remember: false, ...defined({ reason, session_id: listed }) };
    const { run_id } = await sessions.approvals.decide(approval_id, body, { owner, via: 'chat' });
    const run = sessionOfRun(run_id);
    if (run === undefined) throw new Failure('internal', 'an approval has a run with an id that is none');
    return foundAt(place.tier, { session_id: run.session_id, run: run.number, cursor }, false);
  }
}

const foundAt = (
  tier: ConversationTier,
  { session_id, run, cursor }: Pick<PostedTurn, 'session_id' | 'run' | 'cursor'>,
  is_new: boolean,
): Found => ({ tier, session_id, run_id: runIdOf(session_id, run), number: run, cursor, is_new });
