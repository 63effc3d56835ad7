import type { FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { Config } from '../../config/index.ts';
import type { SyncTarget } from '../../config/synced.ts';
import type { SyncOutcomes } from '../../contract/http/sync.ts';
import type { HealthReply } from '../../contract/http/replies.ts';
import type { WarmFacts } from '../../contract/http/run.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Packages } from '../../packages/package.ts';
import type { Surfaces } from '../audit/audit.ts';
import type { ArtifactStore } from '../jobs/artifacts.ts';
import type { Stats } from '../stats/service.ts';
import type { Overviews } from '../overview/service.ts';
import type { Completions } from '../completions/service.ts';
import type { Jobs } from '../jobs/service.ts';
import type { Conversations } from '../openai/conversations/conversations.ts';
import type { ResponseRecords } from '../openai/responses/response-records.ts';
import type { Plans } from '../plans/service.ts';
import type { Sessions } from '../sessions/service.ts';
import type { TelemetryStore } from '../../telemetry/store/telemetry-store.ts';
import type { UsageReader } from '../usage/service.ts';
import type { Worktrees } from '../worktrees/service.ts';

/** Fetches profiles and packages from their repositories. */
export type SyncContent = (targets: readonly SyncTarget[]) => Promise<SyncOutcomes>;

/** What the routes work with. */
export interface ApiDeps {
  config: Config;
  version: string;
  /** Root of the Temporal Web UI; null where none is known. */
  uiUrl: string | null;
  /** What does not work now as it should, though jobs run. */
  problems: () => HealthReply['problems'];
  jobs: Jobs;
  plans: Plans;
  worktrees: Worktrees;
  usage: UsageReader;
  /** Keeps telemetry that is sent to the API; undefined where there is no PostgreSQL for it. */
  telemetry: TelemetryStore | undefined;
  sessions: Sessions;
  conversations: Conversations;
  completions: Completions;
  overviews: Overviews;
  stats: Stats;
  /** What is kept of responses that can be read again. */
  responses: ResponseRecords;
  sync: SyncContent;
  /** The agent packages that are served. */
  packages: () => Promise<Packages>;
  events: EventLog;
  /** Identity of this data directory; null where the event log is shared by all hosts. */
  disk: string | null;
  /** The agents that the worker of this process keeps; null where it has none. */
  warmAgents: () => Promise<WarmFacts | null>;
  spareAgents: () => Promise<WarmFacts | null>;
  /** Where what agents have said is written down. */
  surfaces: Surfaces;
  /** Where this host keeps what stays of its jobs. */
  artifacts: ArtifactStore;
  /** What the process counts. */
  metrics: Registry;
  log: FastifyBaseLogger;
}
