import { randomUUID } from 'node:crypto';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import type { BusyMode } from '../../contract/workflow/session-state.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { Client } from '../client.ts';
import { CliError } from '../errors.ts';
import { followSession } from '../follow.ts';
import { createReconnect } from '../reconnect.ts';

/** How often the session is looked at while something is under way (milliseconds). */
const LOOK_MS = 500;

/** Runs whose events are shown at the beginning. */
const SHOWN_RUNS = 3;

/** After these the session may be in another state. */
const TELLING = new Set(['run_started', 'run_ended', 'approval_requested', 'approval_resolved', 'approval_decided']);

interface AttachmentOptions {
  client: Client;
  id: string;
  /** Gets sentences about the connection. */
  tell: (sentence: string) => void;
  /** The session, or what waits for approval, is another than before. */
  changed?: () => void;
}

/** A session as one watches it, talks to it and decides for it. Waits while the server is away. */
export class Attachment {
  session: SessionRecord | undefined;
  /** What waits for a decision, the oldest first. */
  pending: readonly ApprovalRecord[] = [];
  readonly #options: AttachmentOptions;
  readonly #left = new AbortController();
  readonly #mine = new Set<string>();
  #sending: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AttachmentOptions) {
    this.#options = options;
  }

  /** Whether a message with this id was sent from here. */
  isMine = (messageId: string): boolean => this.#mine.has(messageId);

  /** Every event, those of the last runs first, until the session is closed or `leave` is called. */
  async *events(): AsyncGenerator<LoggedEvent> {
    const { client, id } = this.#options;
    const session = await this.#persist(() => this.look());
    const first = (session?.runs ?? 0) - SHOWN_RUNS + 1;
    for await (const logged of followSession(
      { client, id, reconnect: this.#reconnect(), signal: this.#left.signal },
      0,
    )) {
      if (logged.run !== null && logged.run < first) continue;
      // Only after its reply is it known which message was sent from here.
      await this.#sending;
      yield logged;
      if (TELLING.has(logged.event.type)) this.#lookIn(0);
    }
  }

  /** Sends a message, again while the server is away; the same one is never taken twice. */
  async send(text: string, mode: BusyMode = 'queue'): Promise<RunRecord | undefined> {
    const body = { text, mode, idempotency_key: randomUUID() };
    const sent = this.#persist(() => this.#options.client.sessions.send(this.#options.id, body));
    this.#sending = sent.catch(() => undefined);
    const isNext = this.session?.active_run_id == null;
    const reply = await sent;
    if (reply === undefined) return undefined;
    // One that waits for others is shown again when its turn has come.
    if (isNext || reply.run === null) this.#mine.add(reply.message.id);
    this.#lookIn(0);
    return reply.run ?? undefined;
  }

  /** Cancels the run that is under way; false where there is none. */
  async interrupt(): Promise<boolean> {
    const { active_run_id: run } = await this.look();
    if (run === null) return false;
    await this.#options.client.sessions.cancelRun(run);
    return true;
  }

  /** Decides what has waited longest. An approval that was decided elsewhere meanwhile throws the server's refusal. */
  async decide(
    decision: 'allow' | 'deny',
    { remember = false, reason }: { remember?: boolean; reason?: string } = {},
  ): Promise<void> {
    const [first, ...rest] = this.pending;
    if (first === undefined) return;
    this.pending = rest;
    const body = defined({ decision, remember, reason, session_id: this.#options.id });
    await this.#persist(() => this.#options.client.sessions.decide(first.id, body)).finally(() => this.#lookIn(0));
  }

  /** Reads the session and what waits for approval in it. */
  async look(): Promise<SessionRecord> {
    const { client, id, changed } = this.#options;
    const session = await client.sessions.session(id);
    const { approvals } =
      session.pending_approvals.length === 0
        ? { approvals: [] }
        : await client.sessions.approvals({ session_id: id, status: 'pending' });
    this.session = session;
    this.pending = approvals.sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
    changed?.();
    return session;
  }

  leave(): void {
    this.#left.abort();
    clearTimeout(this.#timer);
  }

  /** Looks at the session after `ms`, and then for as long as something is under way. */
  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#left.signal.aborted) return;
    this.#timer = setTimeout(() => {
      void this.look()
        .then(({ status }) => status === 'idle' || status === 'closed')
        .catch(() => false)
        .then((isQuiet) => (isQuiet ? undefined : this.#lookIn(LOOK_MS)));
    }, ms);
  }

  /** What `ask` gives, asked again while the server is away; undefined when one has left. */
  async #persist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#left;
    for (const reconnect = this.#reconnect(); !signal.aborted;) {
      try {
        return await ask();
      } catch (error) {
        await reconnect.retry(error, signal);
      }
    }
    return undefined;
  }

  #reconnect(): ReturnType<typeof createReconnect> {
    const { client, tell } = this.#options;
    return createReconnect({ url: client.url, what: 'session', tell, giveUpMs: Infinity });
  }
}

/** The sentence of an error that the server, or the way to it, has. */
export function sentenceOf(error: unknown): string {
  if (error instanceof CliError) return [error.message, error.hint].filter(Boolean).join(' ');
  throw error;
}
