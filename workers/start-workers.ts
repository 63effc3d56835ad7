import { Client } from '@temporalio/client';
import type { Registry } from 'prom-client';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/index.ts';
import type { WarmFacts } from '../contract/http/run.ts';
import type { Logger } from '../contract/shared/logger.ts';
import type { EventLog } from '../events/event-log.ts';
import { connectClient } from '../temporal-config/connect.ts';
import type { Target } from '../temporal-config/target.ts';
import type { Telemetry } from '../telemetry/start-telemetry.ts';
import { startAgentHost } from './agent-host.ts';
import type { RunningWorkers } from './running-workers.ts';
import { Started } from './started.ts';
import { connectWorkers, workerBase } from './worker-options.ts';
import { startWorkflowWorker } from './workflow-worker.ts';

/** How long Temporal may take to answer whether it is there (milliseconds). */
const ANSWER_MS = 2_000;

/** The workers of this process. */
export interface Workers {
  /** Identity of the process in Temporal and, where it is a host, its task queue. */
  name: string;
  /** Rejects when a worker broke. */
  done: Promise<void>;
  /** Why nothing can be taken from Temporal now; empty where everything polls and Temporal answers. */
  notReady: () => Promise<string[]>;
  /** Absent where no agents run here. */
  warmAgents?: () => Promise<WarmFacts>;
  spareAgents?: () => Promise<WarmFacts>;
  /** Drains a host for `graceMs`, then ends all workers and their connections. */
  stop(graceMs: number): Promise<void>;
}

interface StartOptions {
  config: Config;
  target: Target;
  log: Logger;
  /** What this process counts. */
  metrics: Registry;
  telemetry?: Telemetry | undefined;
  /** Whether the workflows are decided here. */
  workflows: boolean;
  /** Where the events of the agents go; absent where no agents run here. */
  agentEvents?: EventLog | undefined;
}

/** Starts the workers of this process over connections of their own. Resolves when they poll. */
export async function startWorkers(options: StartOptions): Promise<Workers> {
  const { config, target, log, metrics, telemetry, ...parts } = options;
  const name = `${hostname()}-${randomBytes(4).toString('hex')}`;
  return Started.all(async (started) => {
    const native = await connectWorkers(target);
    started.push(() => native.close());
    const base = workerBase(native, target, name, telemetry && [telemetry.tracing.activities]);
    const connection = await connectClient(target);
    started.push(() => connection.close());
    const client = new Client({ connection, namespace: target.namespace });
    const running: Polling[] = [];
    let kept: Pick<Workers, 'warmAgents' | 'spareAgents'> = {};
    if (parts.workflows) {
      const workflows = await startWorkflowWorker(base, { config, metrics, spans: telemetry?.tracing.jobs });
      started.push(() => workflows.stop());
      running.push(workflows);
    }
    if (parts.agentEvents !== undefined) {
      const tools = { config, target, client, log, metrics, telemetry, events: parts.agentEvents };
      const host = await startAgentHost(base, tools);
      // Before the workflows, which decide for the jobs of a host that drains.
      started.push((graceMs) => host.drain(graceMs));
      running.push(host);
      kept = { warmAgents: () => host.warmAgents(), spareAgents: () => host.spareAgents() };
    }
    return { ...asWorkers(name, client, running, started), ...kept };
  });
}

type Polling = Pick<RunningWorkers, 'done' | 'isPolling'>;

function asWorkers(name: string, client: Client, running: readonly Polling[], started: Started): Workers {
  let draining = false;
  return {
    name,
    done: Promise.all(running.map(({ done }) => done)).then(() => undefined),
    async notReady() {
      if (draining) return ['draining'];
      const polling = running.every((part) => part.isPolling()) ? [] : ['not polling'];
      return (await answers(client)) ? polling : [...polling, 'Temporal does not answer'];
    },
    stop(graceMs) {
      draining = true;
      return started.stop(graceMs);
    },
  };
}

const answers = (client: Client): Promise<boolean> =>
  client
    .withDeadline(Date.now() + ANSWER_MS, () => client.workflowService.getSystemInfo({}))
    .then(
      () => true,
      () => false,
    );
