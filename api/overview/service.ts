import type { OverviewQuery, OverviewReply } from '../../contract/http/overview.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { PageOf } from '../http/typed-app.ts';
import type { ServiceContext } from '../context.ts';
import { inTurns } from '../in-turns.ts';
import type { Jobs } from '../jobs/service.ts';
import { pendingApprovals } from '../sessions/approvals.ts';
import type { Sessions } from '../sessions/service.ts';
import { aliveWorkers } from '../temporal/pollers.ts';
import { readDoing } from './doing.ts';

/** Streams that are read at once. */
const AT_ONCE = 8;

interface OverviewDeps {
  context: Pick<ServiceContext, 'client' | 'config'>;
  jobs: Jobs;
  sessions: Sessions;
  events: EventLog;
  /** Identity of this data directory; null where the event log is shared by all hosts. */
  disk: string | null;
}

/** All that runs and waits, of one owner, in one look: five questions to Temporal, and the end of each stream. */
export class Overviews {
  readonly #deps: OverviewDeps;

  constructor(deps: OverviewDeps) {
    this.#deps = deps;
  }

  async read(owner: string, { limit }: OverviewQuery): Promise<PageOf<typeof OverviewReply>> {
    const { context, jobs, sessions } = this.#deps;
    const [workers, queue_counts, listed, page] = await Promise.all([
      aliveWorkers(context.client),
      sessions.daemon.counts(),
      jobs.reader.list(owner, { limit }),
      sessions.reader.page(owner, { limit }),
    ]);
    const open = page.executions.filter(({ status }) => status === 'RUNNING');
    const records = open.map((execution) => sessions.reader.record(execution));
    const doing = await this.#doing([
      ...listed.jobs.filter(({ status }) => status === 'running'),
      ...records.filter(({ active_run_id }) => active_run_id !== null),
    ]);
    const withDoing = <T extends { id: string }>(record: T) => ({ ...record, doing: doing.get(record.id) ?? null });
    return {
      at: new Date().toISOString(),
      hosts: workers.map(({ name, lastSeen, seatsTaken }) => ({
        worker_id: name,
        last_seen_at: lastSeen?.toISOString() ?? null,
        seats_taken: seatsTaken ?? null,
        seats_limit: context.config.maxParallelJobs,
      })),
      queue_counts,
      jobs: listed.jobs.map(withDoing),
      sessions: records.map(withDoing),
      approvals: pendingApprovals(open),
    };
  }

  /** What the agents do, by id; without those whose events lie on another host. */
  async #doing(running: readonly { id: string; disk: string | null }[]) {
    const { events, disk } = this.#deps;
    const readable = running.filter((each) => disk === null || each.disk === null || each.disk === disk);
    const read = async ({ id }: { id: string }) => [id, await readDoing(events, id).catch(() => null)] as const;
    return new Map(await inTurns(AT_ONCE, readable, read));
  }
}
