import type { DaemonStatusReply, DiagnoseReply } from '../../contract/http/run.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { PageOf } from '../http/typed-app.ts';
import { checkDisk } from '../events/source.ts';
import type { ServiceContext } from '../context.ts';
import { heldSeat } from '../temporal/held-seat.ts';
import { aliveWorkers } from '../temporal/pollers.ts';
import { SELECT_SEATED, SELECT_WAITING } from '../temporal/visibility-query.ts';
import { countExecutions } from '../temporal/visibility.ts';
import { likelyIssue } from './likely-issue.ts';
import type { SessionReader } from './reader.ts';
import { sessionOf } from './run-record.ts';
import { eventSource } from './session-events.ts';

type Status = PageOf<typeof DaemonStatusReply>;

/** What the server knows of itself. */
interface Server {
  version: string;
  problems: () => readonly unknown[];
  warmAgents: () => Promise<Status['warm_agents']>;
  spareAgents: () => Promise<Status['spare_agents']>;
}

/** Where events are read. */
interface EventPlace {
  events: EventLog;
  disk: string | null;
}

/** Says whether runs can go on, and what keeps one from it. */
export class Daemon {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** The workers and what waits for them, of all owners. */
  async status({ version, problems, warmAgents, spareAgents }: Server): Promise<Status> {
    const { client, config } = this.#context;
    const [workers, queue_counts] = await Promise.all([aliveWorkers(client), this.counts()]);
    return {
      daemon_health: problems().length === 0 ? 'ok' : 'degraded',
      version,
      default_agent: config.defaultAgent,
      alive_workers: workers.length,
      max_concurrency: config.maxParallelJobs * Math.max(1, workers.length),
      queue_counts,
      workers: workers.map(({ name, lastSeen }) => ({
        worker_id: name,
        last_seen_at: lastSeen?.toISOString() ?? null,
      })),
      warm_agents: await warmAgents(),
      spare_agents: await spareAgents(),
      codex_invocation: this.#codex(),
    };
  }

  /** What a run waits for; throws 404 `run_not_found`. */
  async diagnose(
    id: string,
    owner: string,
    { reader, ...deps }: EventPlace & { reader: SessionReader },
  ): Promise<PageOf<typeof DiagnoseReply>> {
    const { client, config } = this.#context;
    const run = await reader.run(id, owner);
    const session = await reader.find(sessionOf(id));
    const [workers, queue_counts] = await Promise.all([aliveWorkers(client), this.counts()]);
    const last = session && (await lastEvent(deps, eventSource(session)));
    const pending = (session?.memo.session?.approvals ?? []).filter(
      ({ status, run_id }) => status === 'pending' && run_id === id,
    );
    const seat = run.started_at === null || run.ended_at !== null ? undefined : await heldSeat(client, id);
    const worker_alive = seat?.isAlive ?? workers.some(({ name }) => name === run.worker_id);
    const agent = worker_alive ? seat?.agent : undefined;
    const facts = { run, session, alive: workers.length, worker_alive, last };
    return {
      run,
      diagnostics: {
        worker_id: run.worker_id,
        worker_alive,
        alive_workers: workers.length,
        max_concurrency: config.maxParallelJobs * Math.max(1, workers.length),
        queue_counts,
        queue_position: run.queue_position,
        likely_issue: likelyIssue({ ...facts, approvals: pending.map((approval) => approval.id) }),
        active_pid: agent?.pid ?? null,
        pending_approvals: pending.map((approval) => approval.id),
        last_event: last === undefined ? null : { seq: last.seq, at: last.at, event_type: last.event.type },
        agent_invocation: {
          agent: session?.memo.request.spec.agent ?? null,
          profile: session?.memo.request.spec.profile ?? '',
          extra_args: [...(agent?.args ?? [])],
        },
        codex_invocation: this.#codex(),
      },
    };
  }

  #codex(): Status['codex_invocation'] {
    const { codexProfile, codexExtraArgs } = this.#context.config;
    return { profile: codexProfile ?? null, extra_args: [...codexExtraArgs] };
  }

  /** How many jobs and runs wait for a seat, and have one. */
  async counts(): Promise<Status['queue_counts']> {
    const { client, index } = this.#context;
    const count = (query: string): Promise<number> => countExecutions(client, query);
    if (!index.searchable) return { queued_count: 0, running_count: 0 };
    const [queued_count, running_count] = await Promise.all([count(SELECT_WAITING), count(SELECT_SEATED)]);
    return { queued_count, running_count };
  }
}

/** The newest event; undefined where there is none, or where it is on another host. */
async function lastEvent(
  { events, disk }: EventPlace,
  source: ReturnType<typeof eventSource>,
): Promise<LoggedEvent | undefined> {
  try {
    checkDisk(source, disk, 'events');
    const last = await events.last(source.id);
    return last === 0 ? undefined : (await events.read(source.id, last - 1, 1))[0];
  } catch {
    return undefined;
  }
}
