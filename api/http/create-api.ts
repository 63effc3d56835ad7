import { Client } from '@temporalio/client';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Config } from '../../config/index.ts';
import { packageSettings } from '../../config/package-settings.ts';
import type { WarmFacts } from '../../contract/http/run.ts';
import { loadPackages } from '../../packages/load.ts';
import type { Packages } from '../../packages/package.ts';
import type { EventLog } from '../../events/event-log.ts';
import { openRelay } from '../../events/redis-relay.ts';
import type { Telemetry } from '../../telemetry/start-telemetry.ts';
import type { Postgres } from '../../telemetry/store/postgres.ts';
import { connectClient } from '../../temporal-config/connect.ts';
import { workflowUrl, type Target } from '../../temporal-config/target.ts';
import { Completions } from '../completions/service.ts';
import type { ServiceContext, SessionContext } from '../context.ts';
import { Jobs } from '../jobs/service.ts';
import { SearchIndex } from '../temporal/search-index.ts';
import { Conversations } from '../openai/conversations/conversations.ts';
import { openRecords } from '../openai/conversations/open-records.ts';
import { ResponseRecords } from '../openai/responses/response-records.ts';
import { Stats } from '../stats/service.ts';
import { Overviews } from '../overview/service.ts';
import { Plans } from '../plans/service.ts';
import { Sessions } from '../sessions/service.ts';
import { openUsage } from '../usage/open-usage.ts';
import { UsageReader } from '../usage/service.ts';
import { Worktrees } from '../worktrees/service.ts';
import { Contents } from '../../store/contents.ts';
import { openStore } from '../../store/open-store.ts';
import type { SyncContent } from './deps.ts';
import { buildApp } from './app.ts';

export interface ApiOptions {
  config: Config;
  target: Target;
  events: EventLog;
  /** Identity of the data directory. */
  disk: string;
  version: string;
  /** The agents that the worker of this process keeps; absent where it has none. */
  warmAgents?: () => Promise<WarmFacts>;
  spareAgents?: () => Promise<WarmFacts>;
  /** Fetches profiles and packages from their repositories; absent where this process fetches none. */
  sync?: SyncContent;
  /** What the process counts. */
  metrics: Registry;
  log: FastifyBaseLogger;
  /** Absent where it is off. */
  telemetry?: Telemetry | undefined;
  /** Where usage is kept; absent where it is read from the records. */
  postgres?: Postgres | undefined;
}

/** The API of a server, and what it was made of. */
interface Api {
  app: FastifyInstance;
  client: Client;
  jobs: Jobs;
  close: () => Promise<void>;
}

/** Connects to Temporal and makes the services and the app of a server; it does not listen yet. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { config, target, events, disk, version, metrics, log, sync, telemetry, postgres, ...agents } = options;
  const connection = await connectClient(target);
  const interceptors = { workflow: telemetry === undefined ? [] : [telemetry.tracing.clients] };
  const client = new Client({ connection, namespace: target.namespace, interceptors });
  const index = await SearchIndex.open(connection, client, log);
  const context: ServiceContext = { client, index, config, uiOf: (id) => workflowUrl(target, id), log };
  const readable = { events, disk: config.redisUrl === undefined ? disk : null };
  const jobs = new Jobs(context);
  const store = openStore(config);
  const relay = openRelay(config);
  const sessionContext: SessionContext = { ...context, ...readable, contents: new Contents(store) };
  const sessions = new Sessions(sessionContext);
  const conversations = new Conversations({ context: sessionContext, sessions, events });
  const responses = new ResponseRecords(openRecords(config, config.conversationTtl));
  const kept = postgres && (await openUsage(context, postgres));
  const app = await buildApp({
    config,
    version,
    uiUrl: target.uiUrl,
    problems: () => (index.problem === undefined ? [] : [index.problem]),
    jobs,
    plans: new Plans(context, jobs),
    worktrees: new Worktrees(context),
    usage: new UsageReader(context, { jobs: jobs.reader, sessions: sessions.reader }, kept),
    telemetry: kept?.store,
    sessions,
    conversations,
    responses,
    stats: new Stats(context),
    overviews: new Overviews({ context, jobs, sessions, ...readable }),
    completions: new Completions(sessionContext, sessions),
    packages: () => servedPackages(config),
    sync: sync ?? (() => Promise.resolve({ problems: [] })),
    ...readable,
    warmAgents: async () => (await agents.warmAgents?.()) ?? null,
    spareAgents: async () => (await agents.spareAgents?.()) ?? null,
    surfaces: { events, dataDir: config.dataDir, disk, store, relay },
    artifacts: { dataDir: config.dataDir, disk, store },
    metrics,
    log,
  });
  const close = async (): Promise<void> => {
    await app.close();
    conversations.close();
    responses.close();
    index.close();
    kept?.close();
    await relay?.close();
    await connection.close();
  };
  return { app, client, jobs, close };
}

/** The agent packages as they stand in their files now; none outside agent mode. */
const servedPackages = async (config: Config): Promise<Packages> =>
  config.agentMode ? loadPackages(packageSettings(config)) : { packages: [], problems: [] };
