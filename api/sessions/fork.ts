import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ForkBody, SessionRecord } from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { derivedId } from '../../contract/shared/derived-id.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import type { ForkedConversation, SessionSpec } from '../../contract/workflow/session-state.ts';
import type { SessionContext } from '../context.ts';
import { checkDisk } from '../events/source.ts';
import { invalid } from '../http/api-error.ts';
import { hashOf } from '../jobs/brief.ts';
import { describeExecution } from '../temporal/visibility.ts';
import { checkRepeated, type Asker } from './ask.ts';
import { endedBy } from './ended-runs.ts';
import type { SessionReader } from './reader.ts';
import { eventSource } from './session-events.ts';
import type { SessionExecution } from './session-record.ts';
import { startSession } from './session-start.ts';

/** How long a session may take to hear that its run has ended (milliseconds). */
const HEARS_MS = 2_000;

const AGAIN_MS = 25;

/** Which part of a session's conversation a fork begins with: all that has ended, where nothing is said. */
export interface ForkRequest extends Omit<ForkBody, 'idempotency_key'> {
  /** What was said before this run. */
  before_run?: number | undefined;
  /** Id of the new session. */
  id?: string | undefined;
}

/** Sessions that begin with the conversation of another one. */
export class Forks {
  readonly #context: SessionContext;
  readonly #reader: SessionReader;

  constructor(context: SessionContext, reader: SessionReader) {
    this.#context = context;
    this.#reader = reader;
  }

  /**
   * Creates a session like `source` that begins with what was said there in runs that have ended. With a key, or an
   * id, the same request again gets the same session, and any other 422. Throws 400 for a run or an event that there is
   * not, and 409 `events_on_other_host`.
   */
  async fork(source: string, { id, ...request }: ForkRequest, { owner, key }: Asker): Promise<SessionRecord> {
    const request_hash = hashOf({ source, ...request });
    const forkId = id ?? (key === undefined ? randomUUID() : derivedId('fork', source, key));
    if ((await this.#reader.find(forkId)) === undefined) {
      const spec = await this.spec(source, request, owner);
      await startSession(this.#context, { id: forkId, spec, owner, request_hash });
    }
    const fork = await this.#reader.owned(forkId, owner);
    checkRepeated(fork.memo.request.request_hash, request_hash);
    return this.#reader.record(fork);
  }

  /** What a fork of `source` is to be, for who starts it; throws what `fork` throws. */
  async spec(source: string, { title, ...until }: Omit<ForkRequest, 'id'>, owner: string): Promise<SessionSpec> {
    const session = await this.#settled(source, owner);
    const { parent: _parent, ...spec } = session.memo.request.spec;
    const { base = null } = session.memo.session ?? {};
    const meant = await this.#meant(session, until);
    const run_id = meant.runs === 0 ? null : runIdOf(session.id, meant.runs);
    const fork = { session_id: session.id, run_id, conversation: conversationOf(session, meant), base };
    return { ...spec, ...defined({ title }), depth: 0, fork };
  }

  /** The session, when it has heard of the end of its run where that has ended. */
  async #settled(id: string, owner: string): Promise<SessionExecution> {
    const over = timeLimit(HEARS_MS);
    for (;;) {
      const session = await this.#reader.owned(id, owner);
      const active = session.status === 'RUNNING' ? session.memo.session?.active : undefined;
      if (active == null || over.aborted) return session;
      const run = await describeExecution(this.#context.client, active.id);
      if (run === undefined || run.status === 'RUNNING') return session;
      await sleep(AGAIN_MS);
    }
  }

  /** The runs that the fork takes over. */
  async #meant(session: SessionExecution, { before_run, at_event }: Omit<ForkRequest, 'id' | 'title'>): Promise<Meant> {
    const { runs = 0, active = null, queue = [] } = session.memo.session ?? {};
    if (before_run !== undefined && (before_run < 1 || before_run > runs + 1))
      throw invalid('before_run', 'must be the number of a run of the session, or that of its next one');
    const open = new Set([...(active === null ? [] : [active]), ...queue].map(({ number }) => number));
    const isEnded =
      at_event === undefined ? (number: number) => !open.has(number) : await this.#endedAt(session, at_event);
    return meantOf((before_run ?? runs + 1) - 1, isEnded);
  }

  async #endedAt(session: SessionExecution, event: number): Promise<(number: number) => boolean> {
    const { disk, events } = this.#context;
    checkDisk(eventSource(session), disk, 'events');
    return endedBy(events, session.id, event);
  }
}

type Meant = Pick<ForkedConversation, 'runs' | 'without'>;

/** Those of the first `runs` runs that have ended. */
function meantOf(runs: number, isEnded: (number: number) => boolean): Meant {
  const numbers = Array.from({ length: runs }, (_, index) => index + 1);
  const last = numbers.findLast(isEnded) ?? 0;
  return { runs: last, without: numbers.slice(0, last).filter((number) => !isEnded(number)) };
}

/** Where the conversation is; what a fork has not gone on with is still that of its own source. */
function conversationOf({ id, memo }: SessionExecution, meant: Meant): ForkedConversation | null {
  const { agent_session = null, disk = null } = memo.session ?? {};
  if (meant.runs === 0 || agent_session === null || disk === null) return memo.request.spec.fork?.conversation ?? null;
  return { session_id: id, agent_session, disk, ...meant };
}
