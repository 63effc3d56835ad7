import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from '@jest/globals';
import pg from 'pg';
import { programFile } from './needs.ts';
import { freePort } from './free-port.ts';

/** Nobody: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/** Debian keeps the programs of the server off PATH. */
function programs(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  return found ?? programFile('initdb')?.replace(/\/initdb$/, '');
}

export const hasPostgres = programs() !== undefined;

/** `test` where PostgreSQL is installed; else `test.skip`, so that the report names every case that did not run. */
export const withPostgres = hasPostgres ? test : test.skip;

/** A PostgreSQL of one's own, in a temporary folder. */
export class TestPostgres {
  readonly #port: number;
  readonly #folder: string;
  readonly #password: string;
  #server: ChildProcess | undefined;

  private constructor(port: number, folder: string, password: string) {
    this.#port = port;
    this.#folder = folder;
    this.#password = password;
  }

  static async start(password = 'canary-of-postgres'): Promise<TestPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
    const postgres = new TestPostgres(await freePort(), folder, password);
    await postgres.#create();
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://agenticore:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  /** The rows that `text` finds with these values. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** All rows of all tables. */
  async content(): Promise<string> {
    const tables = await this.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const rows = tables.map(({ name }) => this.query<{ row: string }>(`select t::text as row from "${name}" t`));
    return (await Promise.all(rows)).flatMap((some) => some.map(({ row }) => row)).join('\n');
  }

  /** Resolves when the server takes connections. */
  async start(): Promise<void> {
    const options = ['-D', this.#data, '-p', String(this.#port), '-h', '127.0.0.1', '-c', 'unix_socket_directories='];
    const server = spawn(join(programs() ?? '', 'postgres'), [...options, '-c', 'fsync=off'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...this.#user,
    });
    this.#server = server;
    for await (const line of createInterface({ input: server.stderr }))
      if (line.includes('ready to accept connections')) break;
    server.stderr.resume();
  }

  /** Ends the server at once; what it has acknowledged stays. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGQUIT');
    await gone;
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #user(): { uid?: number; gid?: number; cwd: string } {
    const isRoot = process.getuid?.() === 0;
    return { cwd: this.#folder, ...(isRoot && { uid: NOBODY, gid: NOBODY }) };
  }

  async #create(): Promise<void> {
    await mkdir(this.#data);
    const secret = join(this.#folder, 'password');
    await writeFile(secret, this.#password);
    const { uid, gid } = this.#user;
    if (uid !== undefined && gid !== undefined)
      for (const path of [this.#folder, this.#data, secret]) await chown(path, uid, gid);
    const options = ['-D', this.#data, '-U', 'agenticore', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '-N'];
    const made = [...options, `--pwfile=${secret}`];
    const { status, stderr } = spawnSync(join(programs() ?? '', 'initdb'), made, { encoding: 'utf8', ...this.#user });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  }
}
