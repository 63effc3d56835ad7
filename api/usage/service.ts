import type {
  SessionUsageReply,
  UsageEntry,
  UsageEntryReply,
  UsageGroupsReply,
  UsageQuery,
} from '../../contract/http/usage.ts';
import type { UsageBook } from '../../telemetry/store/usage-book.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError, notFound } from '../http/api-error.ts';
import type { PageOf } from '../http/typed-app.ts';
import type { JobReader } from '../jobs/reader.ts';
import type { RunExecution } from '../sessions/run-record.ts';
import { noSession, type SessionReader } from '../sessions/reader.ts';
import { keptSince } from '../temporal/retention.ts';
import { describeExecution } from '../temporal/visibility.ts';
import { selectEnded } from '../temporal/visibility-query.ts';
import { endedUsage, specsOf } from './ended.ts';
import { isRun, usageOfJob, usageOfRun } from './entry.ts';
import { inOrder, sumBy, totalOf, alone } from './sums.ts';

/** Records that are read for one answer where there is no PostgreSQL. */
const MAX_RECORDS = 5_000;

/** The table of usage, and what brings it up to date; it may be away. */
interface Kept {
  book: UsageBook;
  fill: () => Promise<void>;
}

interface Readers {
  jobs: JobReader;
  sessions: SessionReader;
}

/** What jobs, plans and runs have used: from PostgreSQL or, without it, from the records that Temporal has. */
export class UsageReader {
  readonly #context: ServiceContext;
  readonly #readers: Readers;
  readonly #kept: Kept | undefined;

  constructor(context: ServiceContext, readers: Readers, kept: Kept | undefined) {
    this.#context = context;
    this.#readers = readers;
    this.#kept = kept;
  }

  /** Of the owner's job or plan, live while it runs; 404 `job_not_found` also where it belongs to another owner. */
  async ofJob(id: string, owner: string): Promise<PageOf<typeof UsageEntryReply>> {
    const execution = await this.#readers.jobs.find(id);
    const known = execution?.memo.request?.owner === owner ? usageOfJob(execution) : undefined;
    return this.#one(id, owner, known);
  }

  /** The same of a run; 404 `run_not_found`. */
  async ofRun(id: string, owner: string): Promise<PageOf<typeof UsageEntryReply>> {
    const { client } = this.#context;
    const execution = await describeExecution<RunExecution['memo']>(client, id);
    let known: UsageEntry | undefined;
    if (execution !== undefined && isRun(execution) && execution.memo.request.owner === owner) {
      const { session_id } = execution.memo.request;
      known = usageOfRun(execution, (await specsOf(client, [session_id])).get(session_id));
    }
    return this.#one(id, owner, known);
  }

  /** Of the runs of the owner's session that have ended; 404 `session_not_found`. */
  async ofSession(id: string, owner: string): Promise<PageOf<typeof SessionUsageReply>> {
    const session = await this.#readers.sessions.find(id);
    const isOwn = session?.memo.request.owner === owner;
    if (session !== undefined && !isOwn) throw noSession(id);
    const kept = await this.#orNot(({ book }) => book.ofSession(id, owner));
    if (kept !== undefined && (kept.count > 0 || isOwn)) return { source: 'postgresql', session_id: id, usage: kept };
    if (!isOwn) throw noSession(id);
    const usage = totalOf((await this.#records(owner, {})).filter((each) => each.session_id === id).map(alone));
    return { source: 'records', session_id: id, usage };
  }

  /** Of all of the owner's that have ended, summed. */
  async groups(owner: string, query: UsageQuery): Promise<PageOf<typeof UsageGroupsReply>> {
    const { group } = query;
    const kept = await this.#orNot(async ({ book }) => {
      const groups = await book.groups(owner, query);
      const until = await book.readUntil(this.#context.client.options.namespace);
      return { groups, since: until?.completeSince ?? new Date() };
    });
    const { groups, since } = kept ?? (await this.#fromRecords(owner, query));
    const source = kept === undefined ? 'records' : 'postgresql';
    const ordered = inOrder(group, groups);
    return { source, group, complete_since: since.toISOString(), groups: ordered, total: totalOf(ordered) };
  }

  /** What the table says of what has ended, and the record of what has not. */
  async #one(id: string, owner: string, known: UsageEntry | undefined): Promise<PageOf<typeof UsageEntryReply>> {
    if (known?.ended_at === null) return { source: 'records', usage: known };
    const kept = await this.#orNot(async ({ book }) => {
      if (known !== undefined) await book.write([known]);
      return { found: await book.find(id, owner) };
    }, false);
    if (kept?.found !== undefined) return { source: 'postgresql', usage: kept.found };
    if (known !== undefined) return { source: 'records', usage: known };
    if (id.includes('.')) throw new ApiError('run_not_found', `run ${id} does not exist`);
    throw notFound(id);
  }

  /** What the table answers once it is up to date; undefined where there is none, or it is away. */
  async #orNot<T>(ask: (kept: Kept) => Promise<T>, upToDate = true): Promise<T | undefined> {
    if (this.#kept === undefined) return undefined;
    const { PostgresAway } = await import('../../telemetry/store/postgres.ts');
    try {
      if (upToDate) await this.#kept.fill();
      return await ask(this.#kept);
    } catch (error) {
      if (error instanceof PostgresAway) return undefined;
      throw error;
    }
  }

  async #fromRecords(owner: string, { group, since, until }: UsageQuery) {
    const entries = await this.#records(owner, { since: dateOf(since), until: dateOf(until) });
    const kept = await keptSince(this.#context.client);
    const oldest = entries.length < MAX_RECORDS ? undefined : entries.at(-1)?.ended_at;
    return { groups: sumBy(group, entries), since: oldest == null ? kept : new Date(oldest) };
  }

  async #records(owner: string, time: { since?: Date | undefined; until?: Date | undefined }): Promise<UsageEntry[]> {
    const { client, index } = this.#context;
    const select = selectEnded({ ...time, owner: index.searchable ? owner : undefined });
    const found: UsageEntry[] = [];
    for await (const entries of endedUsage(client, select)) {
      found.push(...entries.filter((entry) => entry.owner === owner));
      if (found.length >= MAX_RECORDS) break;
    }
    return found.slice(0, MAX_RECORDS);
  }
}

const dateOf = (time: string | undefined): Date | undefined => (time === undefined ? undefined : new Date(time));
