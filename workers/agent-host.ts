import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Registry } from 'prom-client';
import { createActivities } from '../activities/index.ts';
import { EventWriters } from '../activities/event-writer.ts';
import { removeOldSpares } from '../activities/sessions/spare-id.ts';
import { keepLeft } from '../activities/note-shipment.ts';
import { makeSpare } from '../activities/sessions/spare-session.ts';
import type { SpareKind, SpareSession } from '../activities/sessions/spare.ts';
import { PendingApprovals } from '../activities/sessions/pending-approvals.ts';
import type { TurnRecord } from '../activities/sessions/turn-record.ts';
import { Seats } from '../activities/seats.ts';
import type { Config } from '../config/index.ts';
import { readServerFile } from '../config/server-file.ts';
import { sessionKey } from '../config/session-key.ts';
import { sessionToken } from '../contract/http/session-token.ts';
import type { WarmFacts } from '../contract/http/run.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { JsonObject } from '../contract/shared/merge-json.ts';
import type { Logger } from '../contract/shared/logger.ts';
import type { EventLog } from '../events/event-log.ts';
import { openRelay, type RedisRelay } from '../events/redis-relay.ts';
import { startHousekeeping } from '../housekeeping/housekeeping.ts';
import { DiskRoom } from '../processes/disk-room.ts';
import { createAgents, untoldAttributes } from '../runners/agents.ts';
import { SpareAgents } from '../runners/spare-agents.ts';
import { WarmAgents } from '../runners/warm-agents.ts';
import { maskOf, simpleCredentials, type Mask } from '../runners/secrets.ts';
import type { TelemetryRelay } from '../telemetry/relay/relay.ts';
import type { Telemetry } from '../telemetry/start-telemetry.ts';
import { Contents } from '../store/contents.ts';
import { Transcripts } from '../store/transcripts.ts';
import { openStore } from '../store/open-store.ts';
import { readInput } from '../temporal-config/read-input.ts';
import { workflowUrl, type Target } from '../temporal-config/target.ts';
import { hostSettings } from './host-settings.ts';
import { addHostMetrics, pullRequestCounter } from './host-metrics.ts';
import { openShipping, type Shipping } from './shipping.ts';
import { runAll, type RunningWorkers } from './running-workers.ts';
import { SeatSlots } from './seat-slots.ts';
import { watchPackages } from './watch-packages.ts';
import { fileOptions, seatOptions, stepOptions, type WorkerBase } from './worker-options.ts';

/** The part of a process that runs agents. */
export interface AgentHost extends Omit<RunningWorkers, 'stop'> {
  /**
   * Takes no more jobs, gives those that run `graceMs`, then lets another host take them over; resolves when stopped.
   */
  drain(graceMs: number): Promise<void>;
  warmAgents(): Promise<WarmFacts>;
  spareAgents(): Promise<WarmFacts>;
}

interface HostOptions {
  config: Config;
  target: Target;
  /** Connected with the worker's credentials. */
  client: Client;
  events: EventLog;
  log: Logger;
  metrics: Registry;
  telemetry: Telemetry | undefined;
}

/**
 * Starts the workers that run agents on this machine: for seats (of any host and of this data directory), for the steps
 * of the jobs that they hold, and for the files of this data directory; and the housekeeping of that directory.
 * Resolves when they poll.
 */
export async function startAgentHost(base: WorkerBase, options: HostOptions): Promise<AgentHost> {
  const { config, target, events, metrics, telemetry, ...tools } = options;
  const settings = await hostSettings(config, base.identity);
  const seats = new Seats(config.maxParallelJobs);
  const room = roomFor(config, options.log);
  const jobUrl = jobPages(config, target);
  const agents = createAgents(config);
  for (const agent of Object.values(agents))
    for (const sentence of simpleCredentials(agent, settings.env)) tools.log.warn({}, sentence);
  const relay = openRelay(config);
  const writers = new EventWriters({ events, log: tools.log, relay });
  const warm = warmAgents(config, options.log);
  const store = openStore(config);
  const [contents, transcripts] = [new Contents(store), new Transcripts<TurnRecord>(store)];
  const { disk } = settings;
  const isHere = (stream: string): boolean => seats.holdsFor(stream);
  const shipping = openShipping({ config, events, metrics, store, disk, isHere, ...tools });
  const approvals = new PendingApprovals();
  const sessionServerOf = (id: string): JsonObject | undefined => sessionServer(config, id);
  const telling = telemetry && (await startRelay(telemetry, maskOf(settings.env), config.otelLogToolDetails));
  const spareDeps = { settings, agents, log: options.log, sessionServer: sessionServerOf, relay: telling };
  const spares = new SpareAgents<SpareKind, SpareSession>({
    ...{ limit: config.agentMode ? config.spareAgents : 0, idleMs: config.warmIdleS * 1_000, log: options.log },
    make: (kind) => makeSpare(spareDeps, kind),
    isBusy: () => seats.areTaken,
  });
  await removeOldSpares(settings);
  const activities = createActivities({
    ...{ ...tools, settings, seats, room, jobUrl, agents, writers, events, warm, spares, contents, transcripts },
    approvals,
    relay: telling,
    countPullRequest: pullRequestCounter(metrics),
    spool: shipping.spool,
    sessionServer: sessionServerOf,
    readTask: (id) => taskOf(tools.client, id),
  });
  const { holdSeat, dropWorktree, noteEvents, closeSession, ...steps } = activities;
  const slots = new SeatSlots(config.maxParallelJobs, room);
  const [anySeats, ownSeats, stepWorker, fileWorker] = await Promise.all([
    Worker.create({ ...seatOptions(base, slots), activities: { holdSeat } }),
    Worker.create({ ...seatOptions(base, slots, settings.disk), activities: { holdSeat } }),
    Worker.create({ ...stepOptions(base), activities: steps }),
    Worker.create({ ...fileOptions(base, settings.disk), activities: { dropWorktree, noteEvents, closeSession } }),
  ]);
  shipping.start((facts) => keepLeft({ settings, agents, log: tools.log }, facts));
  const housekeeping = startHousekeeping({ config, ...tools });
  const spareWatch = await watchPackages(spares, settings, { ...config, log: options.log });
  addHostMetrics(metrics, { seats, warm, spares, limit: config.maxParallelJobs });
  return asHost({
    ...{ seats, warm, spares, relay, telling, shipping },
    taking: runAll([anySeats, ownSeats]),
    stepping: runAll([stepWorker, fileWorker]),
    housekeeping,
    spareWatch,
  });
}

/** What a job is to do, or the name of a session. */
async function taskOf(client: Client, id: string): Promise<string> {
  const input = await readInput(client, id);
  if (input === undefined) throw new Failure('internal', `The history of job ${id} does not tell its task.`);
  const { task, title } = input.spec as { task?: string; title?: string };
  return task ?? title ?? `The work of session ${id.slice(0, 8)}`;
}

/** The MCP server of the API that works with this data directory, or that the configuration names. */
function sessionServer(config: Config, sessionId: string): JsonObject | undefined {
  const url = config.internalUrl ?? readServerFile(config.dataDir)?.url;
  if (url === undefined) return undefined;
  const token = sessionToken(sessionKey(config), sessionId);
  return { type: 'http', url: `${url}/mcp/session`, headers: { Authorization: `Bearer ${token}` } };
}

const warmAgents = ({ warmAgents: limit, warmIdleS }: Config, log: Logger): WarmAgents =>
  new WarmAgents({ limit, idleMs: warmIdleS * 1_000, log });

/** Loaded only where there is something to tell. */
async function startRelay({ sink }: Telemetry, mask: Mask, toolDetails: boolean): Promise<TelemetryRelay> {
  const { TelemetryRelay } = await import('../telemetry/relay/relay.ts');
  return TelemetryRelay.start(sink, { mask: (value) => mask.json(value), untold: untoldAttributes(toolDetails) });
}

function roomFor({ dataDir, worktreeRoot, reposRoot, minFreeDiskMb: minFreeMb }: Config, log: Logger): DiskRoom {
  return new DiskRoom({ directories: [dataDir, worktreeRoot, reposRoot], minFreeMb, log });
}

/** A job's page in the Web UI; null unless AGENTICORE_TEMPORAL_UI_URL names one that others can reach. */
const jobPages =
  ({ temporalUiUrl }: Config, target: Target) =>
  (id: string): string | null =>
    temporalUiUrl === undefined ? null : workflowUrl(target, id);

interface HostParts {
  seats: Seats;
  warm: WarmAgents;
  spares: SpareAgents<SpareKind, SpareSession>;
  relay: RedisRelay | undefined;
  /** Of what agents tell of themselves. */
  telling: TelemetryRelay | undefined;
  shipping: Shipping;
  /** Take jobs. */
  taking: RunningWorkers;
  /** Do the steps of those that were taken. */
  stepping: RunningWorkers;
  housekeeping: { stop: () => void };
  spareWatch: { stop: () => void };
}

function asHost(parts: HostParts): AgentHost {
  const { seats, warm, spares, relay, telling, shipping, taking, stepping, housekeeping, spareWatch } = parts;
  return {
    done: Promise.all([taking.done, stepping.done]).then(() => undefined),
    isPolling: () => taking.isPolling() && stepping.isPolling(),
    warmAgents: () => warm.facts(),
    spareAgents: () => spares.facts(),
    async drain(graceMs) {
      const evict = setTimeout(() => seats.evict(), graceMs);
      spareWatch.stop();
      await spares.close();
      await taking.stop();
      clearTimeout(evict);
      await stepping.stop();
      await warm.close();
      await relay?.close();
      await telling?.close();
      await shipping.close();
      housekeeping.stop();
    },
  };
}
