import type { WarmFacts } from '../contract/http/run.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { keptFacts, type StandingAgent } from './standing-agent.ts';

/** An agent that was started and not asked anything. */
export interface Spare {
  agent: StandingAgent;
  /** Ends it and removes what was made for it. */
  discard(): Promise<void>;
}

interface SpareOptions<Kind, Made extends Spare> {
  /** How many of one kind are kept; 0: none. */
  limit: number;
  /** How long a kind is kept that nobody asks for (milliseconds). */
  idleMs: number;
  /** Undefined where none of that kind can be made. */
  make: (kind: Kind) => Promise<Made | undefined>;
  /** Whether there is something better to do than to start agents. */
  isBusy: () => boolean;
  log: Logger;
}

/** Kinds of spare agents that are kept at once: beyond it the one goes that was not asked for the longest time. */
const MAX_KINDS = 8;

/** How long an answer that has just begun is left alone (milliseconds): it is what somebody waits for. */
const PAUSE_MS = 2_000;

interface Kept<Kind, Made> {
  kind: Kind;
  ready: Made[];
  idle: NodeJS.Timeout;
}

/**
 * Agents that were started before anybody needs them, so that the first answer of a session begins at once. They hold
 * no seat, are started one at a time, and end with this process.
 */
export class SpareAgents<Kind, Made extends Spare> {
  readonly #options: SpareOptions<Kind, Made>;
  /** By the name of the kind; the one that was asked for last comes last. */
  readonly #kept = new Map<string, Kept<Kind, Made>>();
  #filling: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SpareOptions<Kind, Made>) {
    this.#options = options;
  }

  /** One of `kind`, where there is one; another will take its place. */
  take(name: string, kind: Kind): Made | undefined {
    if (this.#isClosed || this.#options.limit === 0) return undefined;
    this.#keep(name, kind);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.fill();
    }, PAUSE_MS).unref();
    const { ready = [] } = this.#kept.get(name) ?? {};
    return ready.shift();
  }

  /** Keeps agents of a kind from now on. */
  want(name: string, kind: Kind): void {
    if (this.#isClosed || this.#options.limit === 0) return;
    this.#keep(name, kind);
    this.fill();
  }

  /** Starts what is missing, unless there is something better to do; to be called when there no longer is. */
  fill(): void {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
  }

  /** Ends those for which `isCurrent` does not hold, and starts what is missing. */
  async refresh(isCurrent: (made: Made, kind: Kind) => boolean): Promise<void> {
    for (const [name, { kind, ready }] of [...this.#kept])
      for (const made of ready) if (!isCurrent(made, kind) && this.#withdraw(name, made)) await this.#discard(made);
    if (this.#pause === undefined) this.fill();
  }

  /** Ends all, and keeps none from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    await this.#filling;
    await Promise.all([...this.#kept.keys()].map((name) => this.#forget(name)));
  }

  facts(): Promise<WarmFacts> {
    const agents = [...this.#kept.values()].flatMap(({ ready }) => ready.map(({ agent }) => agent));
    return keptFacts(agents, this.#options.limit);
  }

  #keep(name: string, kind: Kind): void {
    const before = this.#kept.get(name);
    clearTimeout(before?.idle);
    this.#kept.delete(name);
    const idle = setTimeout(() => void this.#forget(name), this.#options.idleMs).unref();
    this.#kept.set(name, { kind, ready: before?.ready ?? [], idle });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KINDS && oldest !== undefined) void this.#forget(oldest);
  }

  async #forget(name: string): Promise<void> {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    clearTimeout(kept?.idle);
    await Promise.all((kept?.ready ?? []).map((made) => this.#discard(made)));
  }

  async #fill(): Promise<void> {
    const { limit, make, isBusy, log } = this.#options;
    const lacking = (): [string, Kept<Kind, Made>] | undefined =>
      [...this.#kept].reverse().find(([, { ready }]) => ready.length < limit);
    for (let next = lacking(); next !== undefined && !this.#isClosed && !isBusy(); next = lacking()) {
      const [name, { kind }] = next;
      try {
        const made = await make(kind);
        if (made === undefined) await this.#forget(name);
        else this.#add(name, made);
      } catch (error) {
        // The first answer of a session will tell what is wrong.
        log.warn({ kind: name, error }, 'could not start a spare agent');
        await this.#forget(name);
      }
    }
  }

  #add(name: string, made: Made): void {
    const kept = this.#isClosed ? undefined : this.#kept.get(name);
    if (kept === undefined) return void this.#discard(made);
    kept.ready.push(made);
    void made.agent.conversation.process.exited.then(() => {
      if (this.#withdraw(name, made)) void this.#discard(made);
    });
  }

  /** Whether it was there. */
  #withdraw(name: string, made: Made): boolean {
    const kept = this.#kept.get(name);
    if (kept?.ready.includes(made) !== true) return false;
    kept.ready = kept.ready.filter((each) => each !== made);
    return true;
  }

  #discard(made: Made): Promise<void> {
    return made.discard().catch((error: unknown) => this.#options.log.warn({ error }, 'could not end a spare agent'));
  }
}
