import type { Client } from '@temporalio/client';
import type { AgentName } from '../contract/shared/agents.ts';
import type { JsonObject } from '../contract/shared/merge-json.ts';
import type { Logger } from '../contract/shared/logger.ts';
import type { Person } from '../contract/workflow/commit-terms.ts';
import type { PackageSettings } from '../packages/package.ts';
import type { ForgeSettings } from '../forges/settings.ts';
import type { Toolchains } from '../processes/toolchains.ts';
import type { CommitLimits } from '../git/commit-size.ts';
import type { SigningKeys } from '../git/signing.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Agents } from '../runners/agents.ts';
import type { SpareAgents } from '../runners/spare-agents.ts';
import type { WarmAgents } from '../runners/warm-agents.ts';
import type { Contents } from '../store/contents.ts';
import type { Transcripts } from '../store/transcripts.ts';
import type { DiskRoom } from '../processes/disk-room.ts';
import type { TelemetryRelay } from '../telemetry/relay/relay.ts';
import type { EventWriters } from './event-writer.ts';
import type { PendingApprovals } from './sessions/pending-approvals.ts';
import type { Spool } from '../telemetry/shipping/spool.ts';
import type { SpareKind, SpareSession } from './sessions/spare.ts';
import type { TurnRecord } from './sessions/turn-record.ts';
import type { Seats } from './seats.ts';

/** Settings of a host that its activities need. */
export interface HostSettings {
  /** Task queue of this process: random, never reused. */
  host: string;
  hostname: string;
  /** Identity of the data directory. */
  disk: string;
  dataDir: string;
  reposRoot: string;
  /** What mirrors leave out, as a filter-spec of git. */
  cloneFilter: string | undefined;
  worktreeRoot: string;
  agentTimeoutS: number;
  /** Most that the caches of setups take. */
  maxCachesGb: number;
  commitLimits: CommitLimits;
  startTimeoutS: number;
  stallTimeoutS: number;
  backgroundTimeoutS: number;
  /** How long an agent that only waits for approvals keeps its seat. */
  approvalHoldS: number;
  /** Model that chooses the profiles of jobs with profile `auto`; its agent's own when undefined. */
  routerModel: string | undefined;
  defaultAgent: AgentName;
  author: Person;
  signing: SigningKeys;
  allowLocalRepos: boolean;
  allowedRepoHosts: readonly string[];
  profileDirs: readonly string[];
  packages: PackageSettings;
  mcpFilesDir: string | undefined;
  defaultMcpFile: string | undefined;
  forges: ForgeSettings;
  /** Files with the worker's own keys, wherever they lie. */
  keyFiles: readonly string[];
  /** What the worker's user has installed in the home directory. */
  toolchains: Toolchains;
  /** What of an agent's telemetry may be told. */
  told: { prompts: boolean; toolDetails: boolean };
  /** Environment of the worker, of which the agent gets what the allow list names. */
  env: NodeJS.ProcessEnv;
}

/** What the activities work with; built once per process. */
export interface Deps {
  settings: HostSettings;
  seats: Seats;
  room: Pick<DiskRoom, 'shortage'>;
  /** Connected with the worker's credentials. */
  client: Client;
  writers: EventWriters;
  events: EventLog;
  agents: Agents;
  /** Agents of sessions that wait for the next message. */
  warm: WarmAgents;
  /** Agents that wait for the first message of a session. */
  spares: SpareAgents<SpareKind, SpareSession>;
  approvals: PendingApprovals;
  /** Long texts and pictures of messages. */
  contents: Contents;
  /** Transcripts of sessions, for hosts that have not made them. */
  transcripts: Transcripts<TurnRecord>;
  /** What others are to get of jobs and runs; absent where nobody is. */
  spool?: Pick<Spool, 'note'> | undefined;
  /** The MCP server by which a session's agent reaches us; undefined where no API is known. */
  sessionServer: (sessionId: string) => JsonObject | undefined;
  /** The whole task of a job: it is long, and is not sent to each step. */
  readTask: (jobId: string) => Promise<string>;
  /** Where people look at a job; null where there is no such place that others can reach. */
  jobUrl: (id: string) => string | null;
  /** Takes what agents tell of themselves; undefined where telemetry is off. */
  relay?: TelemetryRelay | undefined;
  /** Counts a pull request of a job or run: a new one, or one that was there. */
  countPullRequest: (isNew: boolean) => void;
  log: Logger;
}
