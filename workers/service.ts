import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import type { EventLog } from '../events/event-log.ts';
import { startEngine } from '../temporal-config/dev-server/dev-server.ts';
import { temporalTarget, usesCluster, type Target } from '../temporal-config/target.ts';
import { diskId } from './disk-id.ts';
import { openEvents } from './open-events.ts';
import { startHost } from './host.ts';
import { createLogger } from './logger.ts';
import { checkNamed } from '../doctor/check-references.ts';
import { installRuntime } from './runtime.ts';

export interface Service {
  /** Task queue of this host; null without a worker. */
  name: string | null;
  target: Target;
  events: EventLog;
  disk: string;
  log: Logger;
  /** Rejects when a worker broke. */
  done: Promise<void>;
  /** Drains the workers for `graceMs`, then ends everything this process started. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts what this process runs: the engine (unless a cluster is named) and a host, each unless it is not wanted. Throws
 * `invalid_config`, before anything is started, where the settings name what is not there.
 */
export async function startService(config: Config, { engine: ownEngine = true, worker = true } = {}): Promise<Service> {
  const log = createLogger(config);
  installRuntime(log);
  for (const sentence of config.warnings) log.warn({}, sentence);
  await checkNamed(config, log);
  const engine =
    ownEngine && !usesCluster(config) ? await startEngine(config, (sentence) => log.warn({}, sentence)) : undefined;
  const events = openEvents(config);
  const release = async (): Promise<void> => {
    await events.close();
    await engine?.stop();
  };
  try {
    const target = temporalTarget(config);
    const host = worker ? await startHost({ config, target, events, log }) : undefined;
    const stop = async (graceMs: number): Promise<void> => {
      await host?.drain(graceMs);
      await release();
    };
    const { name = null, done = new Promise<void>(() => undefined) } = host ?? {};
    return { name, done, target, events, disk: await diskId(config.dataDir), log, stop };
  } catch (error) {
    await release();
    throw error;
  }
}
