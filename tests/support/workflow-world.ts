/** Workflows on a real server, with hosts whose activities are played. */
import {
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { JobProgress, JobResult } from '../../contract/workflow/job-progress.ts';
import type { JobInput, JobSpec } from '../../contract/workflow/job-spec.ts';
import { JOB_WORKFLOW, WORKFLOW_QUEUE, WORKTREE_WORKFLOW, type JobType } from '../../contract/workflow/names.ts';
import type { WorktreeInput, WorktreeState } from '../../contract/workflow/worktree-state.ts';
import { bundleWorkflows } from '../../workers/bundle-workflows.ts';
import { recordSinks } from '../../workers/record-sinks.ts';
import { startPlayedHost, type HostTraits, type Part, type PlayedHost } from './played-host.ts';
import { recordHistories } from './record-histories.ts';
import { madeOnce, takeNamespace } from './temporal.ts';
import { until } from './until.ts';

const logger = new DefaultLogger('ERROR', () => undefined);

/** Seconds after which a played host that says nothing counts as lost. */
const SEAT_TIMEOUT_S = 2;

type Job = WorkflowHandle<() => Promise<JobResult>>;

interface JobOptions {
  input?: Partial<JobInput>;
  memo?: object;
  type?: JobType;
}

export interface WorkflowWorld {
  client: Client;
  /** Where its server is. */
  temporal: ReturnType<typeof takeNamespace>;
  /** Starts a worker that decides for workflows, by default with the code as it stands. */
  decide: (code?: WorkflowBundleWithSourceMap) => Promise<{ stop: () => Promise<void> }>;
  /** Starts a host that plays `part`. */
  host: (part?: Partial<Part>, traits?: HostTraits) => Promise<PlayedHost>;
  /** Starts a workflow of type `type`. */
  start: (type: string, input: object, memo?: object) => Promise<WorkflowHandle>;
  /** Starts the workflow of a job on a repository. */
  job: (request?: Partial<JobSpec>, options?: JobOptions) => Promise<Job>;
  /** Starts the workflow of a worktree. */
  worktree: (memo?: object) => Promise<WorkflowHandleWithFirstExecutionRunId>;
  /** Ends what a test has started, workflows included. */
  clear: () => Promise<void>;
  end: () => Promise<void>;
}

/** The workflows, bundled; with the modules of interceptors that are named. */
export const bundle = (...interceptors: string[]): Promise<WorkflowBundleWithSourceMap> =>
  madeOnce(['workflows', ...interceptors].map((path) => basename(path)).join('+'), () => bundleWorkflows(interceptors));

/** The workflows of another file, bundled. */
export const bundleOf = (workflowsPath: string): Promise<WorkflowBundleWithSourceMap> =>
  madeOnce(basename(workflowsPath), () => bundleWorkflowCode({ workflowsPath, logger }));

export async function createWorkflowWorld(): Promise<WorkflowWorld> {
  Runtime.install({ logger, shutdownSignals: [] });
  const temporal = takeNamespace();
  const { address, namespace } = temporal;
  const [own, connection] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  const client = new Client({ connection: own, namespace });
  const code = await bundle();
  let started: { stop: () => Promise<void> }[] = [];
  let workflows: string[] = [];
  const keep = <T extends { stop: () => Promise<void> }>(running: T): T => {
    started.push(running);
    return running;
  };
  const clear = async (): Promise<void> => {
    const [running, ids] = [started, workflows];
    started = [];
    workflows = [];
    const terminate = (id: string): Promise<unknown> => client.workflow.getHandle(id).terminate();
    await recordHistories(client);
    await Promise.all(ids.map((id) => terminate(id).catch(() => undefined)));
    await Promise.all(running.map(({ stop }) => stop()));
  };
  const start = async (
    type: string,
    input: object,
    memo: object = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId> => {
    const workflowId = randomUUID();
    workflows.push(workflowId);
    const terms = { taskQueue: WORKFLOW_QUEUE, workflowTaskTimeout: '5s', memo: { ...memo } } as const;
    return client.workflow.start(type, { ...terms, workflowId, args: [input] });
  };
  const terms = { owner: 'local', seat_timeout_s: SEAT_TIMEOUT_S, ttl_s: 60, indexed: false };
  const repo_url = 'https://forge.test/acme/app';
  return {
    client,
    temporal,
    decide: async (workflowBundle = code) => keep(await decider({ connection, namespace, workflowBundle })),
    host: async (part = {}, traits = {}) => keep(await startPlayedHost({ address, client, part, traits })),
    start,
    job: (request, { input, memo, type = JOB_WORKFLOW } = {}) => {
      const full: JobInput = {
        spec: { task: 'fix it', profile: 'code', profile_reason: 'explicit', repo_url, ...request },
        ...terms,
        ...input,
      };
      return start(type, full, memo);
    },
    worktree: (memo) => start(WORKTREE_WORKFLOW, { repo_url, profile: 'code', ...terms } satisfies WorktreeInput, memo),
    clear,
    end: async () => {
      await clear();
      await Promise.all([own.close(), connection.close()]);
    },
  };
}

async function decider(
  options: Pick<WorkerOptions, 'connection' | 'namespace' | 'workflowBundle'>,
): Promise<{ stop: () => Promise<void> }> {
  const worker = await Worker.create({
    ...options,
    sinks: recordSinks(),
    taskQueue: WORKFLOW_QUEUE,
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const running = worker.run();
  return {
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

/** What the workflow's memo shows of it. */
export const shown = async (job: WorkflowHandle): Promise<JobProgress> =>
  (await job.describe()).memo?.progress as JobProgress;

/** What a worktree's memo shows of it. */
export const shownWorktree = async (worktree: WorkflowHandle): Promise<WorktreeState | undefined> =>
  (await worktree.describe()).memo?.worktree as WorktreeState | undefined;

/** Resolves when a decision of the workflow has failed: its code has a bug. */
export const decisionFailed = (workflow: WorkflowHandle): Promise<boolean> =>
  until(async () => {
    const { events } = await workflow.fetchHistory();
    return events?.some(({ workflowTaskFailedEventAttributes: failed }) => failed != null) ?? false;
  });
