import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type ChainableCommander, type RedisOptions } from 'ioredis';
import { Failure } from '../contract/shared/failures.ts';

/** A connection that is silent for so long after a command counts as dead. */
const SILENCE_MS = 2_000;

/** No new try of a command begins after this; with the silence of the last one a call takes 5 s at most. */
const LAST_TRY_MS = 3_000;

const RETRY_MS = 50;

type Options = Omit<RedisOptions, 'replyMapping'>;

const shared: Options = {
  connectTimeout: SILENCE_MS,
  retryStrategy: (attempt) => Math.min(RETRY_MS * 2 ** attempt, 1_000),
};

/** Connections to one Redis: one for commands, and one for being told of appends. Both reconnect for ever. */
export class RedisConnection {
  readonly #url: string;
  readonly #commands: Redis;
  readonly #listeners = new Map<string, Set<() => void>>();
  #subscriber: Redis | null = null;
  #problem = 'not connected yet';
  #away = false;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
    // Nothing may be kept back and sent later, behind the back of a caller who was told that it failed.
    this.#commands = this.#connect({
      socketTimeout: SILENCE_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
  }

  /**
   * Does `action`, again while Redis is away; after 5 s throws `events_unavailable`, and from then on at once until
   * Redis is back: an outage must not slow every call down. So `action` may run more than once.
   */
  async call<T>(action: (redis: Redis) => Promise<T>): Promise<T> {
    const end = performance.now() + (this.#away ? 0 : LAST_TRY_MS);
    for (;;) {
      try {
        const result = await action(this.#commands);
        this.#away = false;
        return result;
      } catch (error) {
        if (this.#closed) throw new Failure('events_unavailable', 'The event log is closed.', { cause: error });
        if (performance.now() >= end) throw this.#unavailable(error);
      }
      await sleep(RETRY_MS);
    }
  }

  /**
   * Calls `heard` after each publish on the channel and after each reconnection, until the returned function is called.
   */
  subscribe(channel: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    if (listeners.size === 0) void this.#subscribing().subscribe(channel).catch(ignore);
    this.#listeners.set(channel, listeners.add(heard));
    return () => {
      listeners.delete(heard);
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      void this.#subscriber?.unsubscribe(channel).catch(ignore);
    };
  }

  close(): void {
    this.#closed = true;
    this.#commands.disconnect();
    this.#subscriber?.disconnect();
  }

  #subscribing(): Redis {
    if (this.#subscriber) return this.#subscriber;
    const subscriber = this.#connect({ maxRetriesPerRequest: null });
    subscriber.on('message', (channel) => this.#tell(this.#listeners.get(channel) ?? []));
    subscriber.on('ready', () => this.#tell([...this.#listeners.values()].flatMap((listeners) => [...listeners])));
    return (this.#subscriber = subscriber);
  }

  #tell(listeners: Iterable<() => void>): void {
    for (const heard of listeners) heard();
  }

  #connect(options: Options): Redis {
    const redis = new Redis(this.#url, { ...shared, ...options });
    redis.on('error', (error: NodeJS.ErrnoException) => (this.#problem = error.message || (error.code ?? error.name)));
    return redis;
  }

  #unavailable(cause: unknown): Failure {
    this.#away = true;
    const said = this.#commands.status === 'ready' ? String(cause) : this.#problem;
    return new Failure('events_unavailable', `The Redis server of REDIS_URL answered with an error: ${said}.`, {
      cause,
    });
  }
}

const ignore = (): void => undefined;

/** Replies of a transaction; throws the first error among them. */
export async function allOf<T extends unknown[]>(transaction: ChainableCommander): Promise<T> {
  const replies = (await transaction.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return replies.map(([, reply]) => reply) as T;
}
