import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { EventMetrics } from '../telemetry/event-metrics.ts';
import { createRegistry } from '../telemetry/registry.ts';
import { SdkMetrics } from '../telemetry/sdk-metrics.ts';
import { startTelemetry, type Telemetry } from '../telemetry/start-telemetry.ts';
import type { Postgres } from '../telemetry/store/postgres.ts';
import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import { checkReferences } from '../doctor/check-references.ts';
import { defined } from '../contract/shared/defined.ts';
import { FileLog } from '../events/file-log.ts';
import { RedisLog } from '../events/redis-log.ts';
import type { EventLog, EventMeter } from '../events/event-log.ts';
import { startEngine } from '../temporal-config/dev-server/dev-server.ts';
import { connectClient } from '../temporal-config/connect.ts';
import { explainMissing, missingAttributes } from '../temporal-config/search-attributes.ts';
import { temporalTarget, usesCluster, type Target } from '../temporal-config/target.ts';
import { diskId } from './host-settings.ts';
import { Content } from './content.ts';
import { createLogger } from './logger.ts';
import { startProbeServer, type ProbeServer } from './probe-server.ts';
import { Started } from './started.ts';
import { startWorkers, type Workers } from './start-workers.ts';
import { installRuntime } from './worker-options.ts';

/** A part of a worker process: the worker of the workflows, or the host that runs agents. */
export type WorkerPart = 'workflows' | 'host';

/** What `agenticore serve` runs beside its API. */
export interface Service {
  target: Target;
  events: EventLog;
  disk: string;
  log: Logger;
  /** The agents that its worker keeps; absent where it has none. */
  warmAgents?: NonNullable<Workers['warmAgents']>;
  spareAgents?: NonNullable<Workers['spareAgents']>;
  /** Fetches profiles and packages from their repositories. */
  sync: Content['sync'];
  /** What the process counts. */
  metrics: Registry;
  telemetry: Telemetry | undefined;
  /** Where telemetry and usage are kept; undefined where POSTGRES_URL is not set. */
  postgres: Postgres | undefined;
  /** Rejects when a worker broke. */
  done: Promise<void>;
  /** Drains the workers for `graceMs`, then ends everything that was started. */
  stop(graceMs: number): Promise<void>;
}

/** What `agenticore worker` runs. */
export interface WorkerProcess extends Pick<Service, 'target' | 'done' | 'stop'> {
  name: string;
  /** Address of the probes; null where none are configured. */
  probeUrl: string | null;
}

/**
 * Starts the Temporal server of the data directory (unless a cluster is named) and both parts of a worker (unless
 * `worker` is false). Throws `invalid_config`, before anything is started, where the settings name what is not there.
 */
export async function startService(config: Config, { worker }: { worker: boolean }): Promise<Service> {
  const { log, metrics, stopCounting } = prepare(config);
  await checkReferences(config, log);
  return Started.all(async (started) => {
    started.push(stopCounting);
    if (!usesCluster(config)) {
      const server = await startEngine(config, (sentence) => log.warn({}, sentence));
      started.push(() => server.stop());
    }
    const target = temporalTarget(config);
    const events = openEvents(config, new EventMetrics(metrics));
    started.push(() => events.close());
    const disk = await diskId(config.dataDir);
    const content = new Content(config, log);
    started.push(() => Promise.resolve(content.stop()));
    await content.start(worker);
    const sync: Content['sync'] = (targets) => content.sync(targets);
    const postgres = await openPostgres(config, log);
    if (postgres !== undefined) started.push(() => postgres.close());
    const telemetry = await openTelemetry(config, { log, metrics, postgres });
    if (telemetry !== undefined) started.push(() => telemetry.close());
    const stop = (graceMs: number): Promise<void> => started.stop(graceMs);
    const service = { target, events, disk, log, sync, metrics, telemetry, postgres, stop };
    if (!worker) return { ...service, done: new Promise<void>(() => undefined) };
    const workers = await startWorkers({
      config,
      target,
      log,
      metrics,
      telemetry,
      workflows: true,
      agentEvents: events,
    });
    started.push((graceMs) => workers.stop(graceMs));
    const { warmAgents, spareAgents, done } = workers;
    return { ...service, ...defined({ warmAgents, spareAgents }), done };
  });
}

/**
 * Starts a worker for a Temporal server that runs: both parts, or `only` one. With AGENTICORE_PROBE_PORT it answers
 * probes from its first moment. A worker of the workflows alone needs no files of its own. Throws like startService.
 */
export async function startWorker(config: Config, { only }: { only?: WorkerPart | undefined }): Promise<WorkerProcess> {
  const { log, metrics, stopCounting } = prepare(config);
  const isHost = only !== 'workflows';
  if (isHost) await checkReferences(config, log);
  return Started.all(async (started) => {
    started.push(stopCounting);
    const probes = await openProbes(config, metrics);
    if (probes !== undefined) started.push(() => probes.close());
    const target = temporalTarget(config);
    const content = new Content(config, log);
    started.push(() => Promise.resolve(content.stop()));
    if (isHost) await content.start(true);
    const agentEvents = isHost ? openEvents(config, new EventMetrics(metrics)) : undefined;
    if (agentEvents !== undefined) started.push(() => agentEvents.close());
    const postgres = await openPostgres(config, log);
    if (postgres !== undefined) started.push(() => postgres.close());
    const telemetry = await openTelemetry(config, { log, metrics, postgres });
    if (telemetry !== undefined) started.push(() => telemetry.close());
    const parts = { workflows: only !== 'host', agentEvents };
    const workers = await startWorkers({ config, target, log, metrics, telemetry, ...parts });
    started.push((graceMs) => workers.stop(graceMs));
    probes?.watch(workers.notReady);
    await tellMissing(target, log).catch((error: unknown) => log.warn({ error }, 'cannot look for search attributes'));
    const { name, done } = workers;
    return { name, target, done, probeUrl: probes?.url ?? null, stop: (graceMs) => started.stop(graceMs) };
  });
}

/** Says which search attributes the namespace lacks: servers register them, workers only need to know. */
async function tellMissing(target: Target, log: Logger): Promise<void> {
  const connection = await connectClient(target);
  try {
    const missing = await missingAttributes(connection, target.namespace);
    if (missing === undefined) return;
    const { message, next_step } = explainMissing(missing, target.namespace);
    log.warn({}, `${message} ${next_step}`);
  } finally {
    await connection.close();
  }
}

/** PostgreSQL, which may be away; loaded only where it is named. */
async function openPostgres({ postgresUrl }: Config, log: Logger): Promise<Postgres | undefined> {
  if (postgresUrl === undefined) return undefined;
  const { Postgres } = await import('../telemetry/store/postgres.ts');
  return new Postgres(postgresUrl, log);
}

/** The store in PostgreSQL takes telemetry where no collector is named. */
function openTelemetry(
  config: Config,
  { postgres, ...tools }: { log: Logger; metrics: Registry; postgres: Postgres | undefined },
): Promise<Telemetry | undefined> {
  const openStore =
    postgres && (async () => new (await import('../telemetry/store/telemetry-store.ts')).TelemetryStore(postgres));
  return startTelemetry(config, { ...tools, openStore });
}

/** The log of the process, and what it counts, that of the SDK included. */
function prepare(config: Config): { log: Logger; metrics: Registry; stopCounting: () => Promise<void> } {
  const log = createLogger(config);
  const metrics = createRegistry();
  const sdk = new SdkMetrics(metrics, installRuntime(log));
  for (const sentence of config.warnings) log.warn({}, sentence);
  return { log, metrics, stopCounting: () => Promise.resolve(sdk.close()) };
}

/** The event log that `config` asks for: Redis where REDIS_URL is set, else files in the data directory. */
export const openEvents = (
  { dataDir, redisUrl = '', redisKeyPrefix, keepEventsDays }: Config,
  meter?: EventMeter,
): EventLog =>
  redisUrl === ''
    ? new FileLog(join(dataDir, 'events'), meter)
    : new RedisLog({ url: redisUrl, prefix: redisKeyPrefix, ttlS: keepEventsDays * 86_400, meter });

async function openProbes(
  { probeHost: host, probePort: port }: Config,
  metrics: Registry,
): Promise<ProbeServer | undefined> {
  return port === undefined ? undefined : startProbeServer({ host, port, metrics });
}
