import type { Client } from '@temporalio/client';
import type { EventLog } from '../events/event-log.ts';
import type { Logger } from '../contract/logger.ts';
import type { Runner } from '../runners/runner.ts';
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
  worktreeRoot: string;
  claudeBinary: string;
  agentTimeoutS: number;
  author: { name: string; email: string };
  allowLocalRepos: boolean;
  allowedRepoHosts: readonly string[];
  profileDirs: readonly string[];
  mcpFilesDir: string | undefined;
  githubToken: string | undefined;
  githubApiUrl: string;
  /** Environment of the worker, of which the agent gets what the allow list names. */
  env: NodeJS.ProcessEnv;
}

/** What the activities work with; built once per process. */
export interface Deps {
  settings: HostSettings;
  seats: Seats;
  /** Connected with the worker's credentials. */
  client: Client;
  events: EventLog;
  runner: Runner;
  log: Logger;
}
