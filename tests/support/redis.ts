import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

/** Every key with what is in it. */
export async function contentOf(client: Redis): Promise<string> {
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => client.get(key),
    hash: (key) => client.hgetall(key),
    stream: (key) => client.xrange(key, '-', '+'),
    list: (key) => client.lrange(key, '0', '-1'),
    set: (key) => client.smembers(key),
    zset: (key) => client.zrange(key, '0', '-1'),
  };
  const keys = await client.keys('*');
  const values = keys.map(async (key) => [key, await read[await client.type(key)]?.(key)]);
  return JSON.stringify(await Promise.all(values));
}

/** A Redis of one's own that persists every write, in a temporary folder. */
export class TestRedis {
  readonly port: number;
  readonly #folder: string;
  #server: ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), await mkdtemp(join(tmpdir(), 'redis-')));
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get pid(): number {
    const pid = this.#server?.pid;
    if (pid === undefined) throw new Error('this Redis does not run');
    return pid;
  }

  /** Resolves when the server answers; after a kill it has what it had acknowledged. */
  async start(): Promise<void> {
    const persistent = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const place = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder];
    const server = spawn('redis-server', [...place, ...persistent], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stdout })) {
      if (line.includes('Ready to accept connections')) break;
    }
    server.stdout.resume();
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
