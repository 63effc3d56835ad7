import type { ChainableCommander } from 'ioredis';
import { allOf, RedisConnection } from '../../../events/redis-connection.ts';
import type { Records } from './records.ts';

/** Each list is a hash. */
export class RedisRecords implements Records {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #ttlS: number | undefined;

  constructor(url: string, prefix: string, ttlS: number | undefined) {
    this.#redis = new RedisConnection(url);
    this.#prefix = prefix;
    this.#ttlS = ttlS;
  }

  async read(list: string): Promise<unknown[]> {
    const values = await this.#redis.call((redis) => redis.hvals(this.#name(list)));
    return values.map((value) => JSON.parse(value) as unknown);
  }

  async get(list: string, key: string): Promise<unknown> {
    const value = await this.#redis.call((redis) => redis.hget(this.#name(list), key));
    return value === null ? undefined : (JSON.parse(value) as unknown);
  }

  async claim(list: string, key: string, value: unknown): Promise<unknown> {
    const name = this.#name(list);
    const text = JSON.stringify(value);
    const [kept] = await this.#redis.call((redis) =>
      allOf<[string]>(this.#aged(redis.multi().hsetnx(name, key, text), name).hget(name, key)).then((all) =>
        all.slice(-1),
      ),
    );
    return JSON.parse(String(kept)) as unknown;
  }

  async put(list: string, key: string, value: unknown): Promise<void> {
    const name = this.#name(list);
    await this.#redis.call((redis) => allOf(this.#aged(redis.multi().hset(name, key, JSON.stringify(value)), name)));
  }

  async remove(list: string, key: string): Promise<void> {
    await this.#redis.call((redis) => redis.hdel(this.#name(list), key));
  }

  close(): void {
    this.#redis.close();
  }

  #aged(transaction: ChainableCommander, name: string): ChainableCommander {
    return this.#ttlS === undefined ? transaction : transaction.expire(name, this.#ttlS);
  }

  #name(list: string): string {
    return `${this.#prefix}:${list}`;
  }
}
