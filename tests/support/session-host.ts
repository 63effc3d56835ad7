/** A real host with a real agent, and a workflow that tells it what to do for one session. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type { WarmFacts } from '../../contract/http/run.ts';
import type { Activities } from '../../activities/index.ts';
import { loadConfig, packageRoot } from '../../config/index.ts';
import type { ApprovalAsked, ApprovalWithdrawn } from '../../contract/workflow/approval-state.ts';
import { messageIdOf, WORKFLOW_QUEUE } from '../../contract/workflow/names.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import type { SeatTaken } from '../../contract/workflow/seat.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { FileLog } from '../../events/file-log.ts';
import { temporalTarget } from '../../temporal-config/target.ts';
import { createRegistry } from '../../telemetry/registry.ts';
import { startWorkers, type Workers } from '../../workers/start-workers.ts';
import { installRuntime } from '../../workers/worker-options.ts';
import { cancelStep, doStep, takeSeat, toldApprovals } from '../fixtures/steps-workflow.ts';
import { CODEX_MODEL } from './codex-agent.ts';
import { startScriptedModel, type Script, type ScriptedModel } from './model/scripted-model.ts';
import { createPlace, removePlace, type Place } from './place.ts';
import { environmentOf, takeNamespace } from './temporal.ts';
import { bundleOf } from './workflow-world.ts';

export interface SessionHost extends Place {
  client: Client;
  model: ScriptedModel;
  /** The agents that wait for a session. */
  spares(): Promise<WarmFacts | undefined>;
  /** A new session on this host. */
  session(spec?: Partial<SessionSpec>): Promise<PlayedSession>;
  end(): Promise<void>;
}

/** Starts a host whose agents do what `script` says. */
export async function startSessionHost(script: Script, env: Record<string, string> = {}): Promise<SessionHost> {
  const model = await startScriptedModel(script);
  const temporal = takeNamespace();
  const place = await createPlace({
    ...{ ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'sk-ant-of-this-test' },
    ...{ OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: 'sk-openai-of-this-test' },
    AGENTICORE_CODEX_PRICES: `${CODEX_MODEL}=2/1/10`,
    ...environmentOf(temporal),
    ...env,
  });
  // A host takes what it gives its agents from the environment of its process.
  Object.assign(process.env, place.env);
  const config = loadConfig(place.env);
  const log = pino({ level: 'warn' });
  installRuntime(log);
  const agentEvents = new FileLog(join(config.dataDir, 'events'));
  const target = temporalTarget(config);
  const workers: Workers = await startWorkers({
    ...{ config, target, log, agentEvents },
    workflows: false,
    metrics: createRegistry(),
  });
  const native = await NativeConnection.connect({ address: temporal.address });
  const decider = await Worker.create({
    ...{ connection: native, namespace: temporal.namespace, taskQueue: WORKFLOW_QUEUE },
    workflowBundle: await bundleOf(join(packageRoot, 'tests', 'fixtures', 'steps-workflow.ts')),
  });
  const deciding = decider.run();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const end = async (): Promise<void> => {
    await workers.stop(0);
    decider.shutdown();
    await deciding;
    await Promise.all([native.close(), connection.close(), agentEvents.close(), model.close()]);
    await removePlace(place);
  };
  const spares = async (): Promise<WarmFacts | undefined> => workers.spareAgents?.();
  return { ...place, client, model, end, spares, session: (spec) => PlayedSession.start(client, agentEvents, spec) };
}

/** One session, whose runs a test makes. */
export class PlayedSession {
  readonly id: string;
  /** What was asked of the agent so far, as the session's workflow would know it. */
  #known: { agent_session: string | null; generation: number } = { agent_session: null, generation: 0 };
  readonly #workflow: WorkflowHandle;
  readonly #events: FileLog;
  readonly #spec: SessionSpec;
  #seat: SeatTaken | undefined;
  #runs = 0;

  private constructor(workflow: WorkflowHandle, events: FileLog, spec: SessionSpec) {
    this.id = workflow.workflowId;
    this.#workflow = workflow;
    this.#events = events;
    this.#spec = spec;
  }

  static async start(client: Client, events: FileLog, spec: Partial<SessionSpec> = {}): Promise<PlayedSession> {
    const workflowId = randomUUID();
    const workflow = await client.workflow.start('steps', { workflowId, taskQueue: WORKFLOW_QUEUE });
    const limits = { approval_timeout_s: 60, depth: 0, max_depth: 3, max_children: 10 };
    return new PlayedSession(workflow, events, { profile: 'code', approvals: 'none', ...limits, ...spec });
  }

  /** Takes a seat and makes the session's place, where it has none or that is to be made again. */
  async begin(prepare = false): Promise<void> {
    this.#runs += 1;
    this.#seat = await this.#workflow.executeUpdate(takeSeat, { args: [this.id, this.#runs] });
    if ((this.#runs > 1 && !prepare) || this.#spec.package !== undefined) return;
    const { profile, agent, tools } = this.#spec;
    await this.do('prepareWork', {
      attempt: 1,
      set_up: true,
      plan: false,
      request: { profile, profile_reason: 'explicit', agent, ...(agent === 'codex' && { model: CODEX_MODEL }) },
      ...(tools && { tools }),
    });
  }

  /** One step on the seat. */
  async do<Name extends keyof Activities>(name: Name, step: object): Promise<Awaited<ReturnType<Activities[Name]>>> {
    const full = { job_id: this.id, session_id: this.id, token: this.#seat?.token, ...step };
    return (await this.#workflow.executeUpdate(doStep, { args: [name, full] })) as Awaited<
      ReturnType<Activities[Name]>
    >;
  }

  /** The agent's answer to `text`. */
  async turn(text: string, changes: Partial<TurnStep> = {}): Promise<TurnAnswer> {
    const answer = await this.do('runTurn', {
      ...{
        run_id: `${this.id}.${this.#runs}`,
        number: this.#runs,
        message: { id: messageIdOf(this.id, this.#runs), text },
        notes: [],
      },
      ...{ spec: this.#spec, ...this.#known, attempt: 1, timeout_s: 120 },
      // That of a package is made in the turn.
      ...(this.#spec.package && { place: { disk: this.#runs === 1 ? null : this.#seat?.disk } }),
      ...changes,
    });
    this.#known = { agent_session: answer.agent_session, generation: answer.generation };
    return answer;
  }

  /** A whole run: seat, answer, end. */
  async run(
    text: string,
    { cold = false, prepare = false, ...changes }: Partial<TurnStep> & { cold?: boolean; prepare?: boolean } = {},
  ): Promise<TurnAnswer> {
    await this.begin(prepare);
    const answer = await this.turn(text, changes);
    await this.leave(cold);
    return answer;
  }

  /** Ends the run. */
  leave(cold = false): Promise<void> {
    return this.do('leaveSession', { run_id: `${this.id}.${this.#runs}`, cold });
  }

  cancel(): Promise<void> {
    return this.#workflow.signal(cancelStep);
  }

  /** What hosts have told the session of approvals. */
  approvals(): Promise<{ asked: ApprovalAsked[]; withdrawn: ApprovalWithdrawn[] }> {
    return this.#workflow.query(toldApprovals);
  }

  events(): Promise<LoggedEvent[]> {
    return this.#events.read(this.id, 0, 10_000);
  }
}
