import { Client } from '@temporalio/client';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { EventLog } from '../../events/event-log.ts';
import { connectClient } from '../../temporal-config/connect.ts';
import { ensureSearchAttributes } from '../../temporal-config/search-attributes.ts';
import { workflowUrl, type Target } from '../../temporal-config/target.ts';
import { checkAccess } from '../auth/exposure-check.ts';
import { buildApp } from './app.ts';
import { untilIdle } from './idle.ts';
import { Jobs } from '../jobs/service.ts';
import { writeServerFile } from './server-file.ts';
import { Worktrees } from '../worktrees/service.ts';

export interface ApiServer {
  url: string;
  /** Resolves when nothing was asked for `ms` and no job waits or runs. */
  idle(ms: number): Promise<void>;
  close(): Promise<void>;
}

interface ServerOptions {
  config: Config;
  target: Target;
  events: EventLog;
  disk: string;
  version: string;
  log: Logger;
}

/**
 * Listens on the configured host and port. Throws `invalid_config` when the port is taken, or anybody could call by
 * mistake.
 */
export async function startApi({ config, target, events, disk, version, log }: ServerOptions): Promise<ApiServer> {
  checkAccess(config);
  const connection = await connectClient(target);
  const client = new Client({ connection, namespace: target.namespace });
  const indexed = await ensureSearchAttributes(connection, target.namespace);
  const { seatTimeoutS, jobTtl: ttlS, maxQueuedJobs } = config;
  const common = { client, indexed, seatTimeoutS, ttlS, uiOf: (id: string) => workflowUrl(target, id), log };
  const jobs = new Jobs({ ...common, maxQueuedJobs });
  const worktrees = new Worktrees({ ...common, config });
  const shared = config.redisUrl !== undefined;
  const { uiUrl } = target;
  const kept = { dataDir: config.dataDir, disk };
  const app = await buildApp({
    config,
    version,
    uiUrl,
    jobs,
    worktrees,
    events,
    disk: shared ? null : disk,
    kept,
    log,
  });
  await app.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
    throw cannotListen(config, cause);
  });
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  const forget = writeServerFile(config.dataDir, url);
  return {
    url,
    idle: (ms) => untilIdle(app.server, ms, () => jobs.anyOpen()),
    close: async () => {
      forget();
      await app.close();
      await connection.close();
    },
  };
}

function cannotListen({ host, port }: Config, cause: unknown): unknown {
  const { code = '' } = cause as { code?: string };
  const why = {
    EADDRINUSE: `port ${port} on ${host} is in use: stop the program that uses it, or set AGENTICORE_PORT`,
    EACCES: `no permission to listen on port ${port} of ${host}: set AGENTICORE_PORT to a port above 1023`,
    EADDRNOTAVAIL: `AGENTICORE_HOST ${host} is not an address of this machine: correct it`,
    ENOTFOUND: `AGENTICORE_HOST ${host} cannot be resolved: correct it`,
    EAI_AGAIN: `AGENTICORE_HOST ${host} cannot be resolved, because DNS does not answer: correct it, or check DNS`,
  }[code];
  return why === undefined ? cause : new Failure('invalid_config', why, { cause });
}
