import type { WarmFacts } from '../contract/http/run.ts';
import type { Logger } from '../contract/shared/logger.ts';
import type { ProcessIdentity } from '../processes/proc-table.ts';
import { keptFacts, type StandingAgent } from './standing-agent.ts';

interface WarmOptions {
  /** How many stay at most; 0: none. */
  limit: number;
  /** How long one stays that is not asked (milliseconds). */
  idleMs: number;
  log: Logger;
}

/** An agent that waits for the next message of its owner. */
interface Warm {
  agent: StandingAgent;
  state: string;
  idle: NodeJS.Timeout;
}

/**
 * Agents that stay when they have answered, so that the next answer begins at once: one for each owner, a session. The
 * one that was not asked for the longest time makes room. They hold no seat, and end with this process.
 */
export class WarmAgents {
  readonly #options: WarmOptions;
  /** The one that was asked last comes last. */
  readonly #warm = new Map<string, Warm>();
  #isClosed = false;

  constructor(options: WarmOptions) {
    this.#options = options;
  }

  /**
   * Takes the agent of `owner` out, where it lives and is in `state`; one in another state has missed something, and
   * ends.
   */
  async take(owner: string, state: string): Promise<StandingAgent | undefined> {
    const warm = this.#remove(owner);
    if (warm === undefined) return undefined;
    if (warm.state === state && !warm.agent.isOver) return warm.agent;
    await warm.agent.close();
    return undefined;
  }

  /** Keeps an agent that has answered, with nothing left of what it had started; or ends it. */
  async keep(owner: string, state: string, agent: StandingAgent): Promise<void> {
    await this.end(owner);
    const { limit, idleMs } = this.#options;
    if (this.#isClosed || limit === 0 || agent.isOver) return agent.close();
    await agent.trim();
    const idle = setTimeout(() => void this.#retire(owner, agent), idleMs).unref();
    this.#warm.set(owner, { agent, state, idle });
    void agent.conversation.process.exited.then(() => this.#retire(owner, agent));
    const [oldest] = this.#warm.keys();
    if (this.#warm.size > limit && oldest !== undefined) await this.end(oldest);
  }

  /** The processes of the owner's agent: what is to stay of all that runs for the owner. */
  own(owner: string): readonly ProcessIdentity[] {
    return this.#warm.get(owner)?.agent.own ?? [];
  }

  /** Ends the agent of `owner`, where there is one. */
  async end(owner: string): Promise<void> {
    await this.#remove(owner)?.agent.close();
  }

  /** Ends all, and keeps none from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#warm.keys()].map((owner) => this.end(owner)));
  }

  facts(): Promise<WarmFacts> {
    const agents = [...this.#warm.values()].map(({ agent }) => agent);
    return keptFacts(agents, this.#options.limit);
  }

  async #retire(owner: string, agent: StandingAgent): Promise<void> {
    if (this.#warm.get(owner)?.agent !== agent) return;
    await this.end(owner).catch((error: unknown) =>
      this.#options.log.warn({ session: owner, error }, 'could not end the warm agent of a session'),
    );
  }

  #remove(owner: string): Warm | undefined {
    const warm = this.#warm.get(owner);
    if (warm === undefined) return undefined;
    this.#warm.delete(owner);
    clearTimeout(warm.idle);
    return warm;
  }
}
