import { randomUUID } from 'node:crypto';
import { defined } from '../../../contract/shared/defined.ts';
import { Failure } from '../../../contract/shared/failures.ts';
import { runIdOf, sessionOfRun } from '../../../contract/workflow/names.ts';
import type { EventLog } from '../../../events/event-log.ts';
import type { SessionContext } from '../../context.ts';
import { invalid } from '../../http/api-error.ts';
import type { Sessions } from '../../sessions/service.ts';
import type { BegunTurn, ChatTurn, Claimed, ClaimedTurn } from '../turn.ts';
import { answerHashes } from './answers.ts';
import type { ChatDecision } from './decision.ts';
import { isBlank, readHistory, readTask, type History } from './history.ts';
import { findByKey } from './keyed-turns.ts';
import { placeOf, type Place } from './place.ts';
import { Readers, type ReadRun } from './readers.ts';
import { openRecords } from './open-records.ts';
import type { Records } from './records.ts';
import { ShownSettings } from './shown.ts';
import { TurnFinder } from './turn-finder.ts';
import { isPosted, TurnRecords, type ChatTurnRecord, type PostedTurn } from './turn-records.ts';
import { TurnStarter, type Asked } from './turn-starter.ts';

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  events: EventLog;
}

/** What a turn is to be, and how it begins. */
type Plan = Pick<ClaimedTurn, 'session_id' | 'run_id'> & { start: () => Promise<Where> };
type Where = Pick<PostedTurn, 'session_id' | 'run' | 'cursor'>;

/** Finds or starts the run that answers a chat request, whose history is all that its client keeps. */
export class Conversations {
  readonly #parts: Parts;
  readonly #records: readonly Records[];
  readonly #turns: TurnRecords;
  readonly #shown: ShownSettings;
  readonly #readers: Readers;
  readonly #finder: TurnFinder;
  readonly #starter: TurnStarter;
  /** The turns that are read here. */
  readonly #read = new Map<string, PostedTurn>();

  constructor(parts: Parts) {
    const { config } = parts.context;
    const [lasting, passing] = [openRecords(config), openRecords(config, config.conversationTtl)];
    this.#parts = parts;
    this.#records = [lasting, passing];
    this.#turns = new TurnRecords(passing);
    this.#shown = new ShownSettings(lasting, passing);
    const { log } = parts.context;
    this.#readers = new Readers({ records: passing, giveUp: (run) => this.#giveUp(run), log });
    if (config.agentMode) void this.#readers.watch();
    this.#finder = new TurnFinder({ ...parts, turns: this.#turns, readers: this.#readers });
    this.#starter = new TurnStarter({ ...parts, turns: this.#turns });
  }

  /**
   * Claims what answers `turn`: a run to come, or one that there is. Nothing runs yet, and Temporal is hardly asked.
   * Throws 400 for a message that says nothing, 409 `conversation_busy`, 422 `idempotency_mismatch`, and 404
   * `session_not_found` for what is no session's id.
   */
  async claim(turn: ChatTurn): Promise<Claimed> {
    const history = (turn.is_task ? readTask : readHistory)(turn.messages);
    if (history === undefined) throw invalid('messages', 'must have a message of the user');
    const { decision, toggles, last } = history;
    const show = await this.#shown.change(turn, toggles.changes);
    if (toggles.found && isBlank(last)) return { kind: 'settings', show };
    if (isBlank(last)) throw invalid('messages', 'must end with a message of the user that says something');
    const place = this.#placeOf(turn, history);
    const isAlone = turn.is_task || this.#isAlone(turn, place);
    const asked: Asked = { turn, history, body_hash: place.body_hash };
    const plan = decision
      ? this.#decision(turn, decision)
      : isAlone
        ? this.#alone(asked)
        : await this.#answer(asked, place);
    const told = { kind: 'turn' as const, tier: isAlone ? ('ephemeral' as const) : place.tier, show };
    const start = async (): Promise<BegunTurn> => {
      const { session_id, run: number, cursor } = await plan.start();
      const run_id = runIdOf(session_id, number);
      if (endsUnread(turn)) await this.#readers.joined({ run_id, owner: turn.owner, is_task: turn.is_task });
      return { ...told, session_id, run_id, number, cursor };
    };
    return { ...told, ...plan, start };
  }

  /** The client has all of the answer; `texts` are those of the agent, one after the other, shown or not. */
  async answered({ run_id }: BegunTurn, texts: readonly string[]): Promise<void> {
    const turn = this.#read.get(run_id);
    this.#read.delete(run_id);
    await this.#readers.done(run_id);
    if (turn !== undefined) await this.#turns.put({ ...turn, answers: answerHashes(texts) });
  }

  /**
   * The client does not read any more, and has not all of the answer. What becomes of the run is said by the request
   * or the package: it goes on, or it is interrupted unless a client asks for it again within the grace. One that waits
   * for a decision waits on. What is no conversation ends with its client.
   */
  async left(turn: ChatTurn, { run_id }: BegunTurn): Promise<void> {
    this.#read.delete(run_id);
    if (endsUnread(turn)) await this.#readers.left(run_id);
  }

  close(): void {
    this.#readers.close();
    for (const records of this.#records) records.close();
  }

  async #giveUp({ run_id, owner, is_task }: ReadRun): Promise<boolean> {
    const { sessions } = this.#parts;
    const { ended_at } = await (is_task ? sessions.cancelRun(run_id, owner) : sessions.interruptRun(run_id, owner));
    return ended_at !== null;
  }

  /** Without the setting no conversation is found by what was said in it. */
  #placeOf(turn: ChatTurn, history: History): Place {
    const place = placeOf(turn, history);
    return place.isNamed || this.#parts.context.config.convHashFallback ? place : { ...place, past: [] };
  }

  /** Whether nobody can go on after the turn. */
  #isAlone({ after, is_stored }: ChatTurn, { isNamed }: Place): boolean {
    const { convHashFallback } = this.#parts.context.config;
    return !isNamed && !convHashFallback && !is_stored && after === undefined;
  }

  /** A turn of a conversation: one that there is, or one to come. */
  async #answer(asked: Asked, place: Place): Promise<Plan> {
    const found = await findByKey({ finder: this.#finder, turns: this.#turns }, asked.turn, place);
    const { session_id } = found.turn;
    const run = runToCome(found.turn);
    const start = async (): Promise<Where> => {
      const posted = isPosted(found.turn) ? found.turn : await this.#starter.start(asked, found);
      this.#read.set(runIdOf(posted.session_id, posted.run), posted);
      return posted;
    };
    return { session_id, run_id: run === undefined ? undefined : runIdOf(session_id, run), start };
  }

  /** A turn of one request, of which nothing is kept. */
  #alone(asked: Asked): Plan {
    const session_id = randomUUID();
    const start = async (): Promise<Where> => ({
      session_id,
      run: await this.#starter.startAlone(asked, session_id),
      cursor: 0,
    });
    return { session_id, run_id: runIdOf(session_id, 1), start };
  }

  /** Decides an approval; the run that waited for it goes on, and its events are read from there. */
  #decision({ owner }: ChatTurn, { approval_id, decision, reason }: ChatDecision): Plan {
    const { sessions, events } = this.#parts;
    const start = async (): Promise<Where> => {
      const session_id = await sessions.approvals.sessionOf(approval_id, owner);
      const cursor = await events.last(session_id);
      const body = { decision, remember: false, session_id, ...defined({ reason }) };
      const { run_id } = await sessions.approvals.decide(approval_id, body, { owner, via: 'chat' });
      const run = sessionOfRun(run_id);
      if (run === undefined) throw new Failure('internal', 'an approval has a run with an id that is none');
      return { session_id: run.session_id, run: run.number, cursor };
    };
    return { session_id: undefined, run_id: undefined, start };
  }
}

/** Whether the run of the turn ends when its client has gone. */
const endsUnread = ({ is_task, in_background, package: { chat } }: ChatTurn): boolean =>
  !in_background && (is_task || chat.on_disconnect === 'interrupt');

/** The number of the run that a turn has, or gets where nobody else writes to its session. */
function runToCome({ run, begins, after }: ChatTurnRecord): number | undefined {
  if (run !== null) return run;
  if (begins !== 'continued') return 1;
  return after === null ? undefined : after.run + 1;
}
