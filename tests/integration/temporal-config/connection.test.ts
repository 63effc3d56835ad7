import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, type Connection, type WorkflowStartOptions } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig, type Config } from '../../../config/index.ts';
import { SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTE_TYPE } from '../../../contract/workflow/search-attributes.ts';
import { temporalCommand } from '../../../temporal-config/command.ts';
import { connectWorkers } from '../../../workers/worker-options.ts';
import { connectClient } from '../../../temporal-config/connect.ts';
import { startEngine, type Engine } from '../../../temporal-config/dev-server/dev-server.ts';
import { ensureSearchAttributes } from '../../../temporal-config/search-attributes.ts';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { checkTemporal } from '../../../doctor/services.ts';
import { temporalTarget } from '../../../temporal-config/target.ts';
import { startApiWorld } from '../../support/api.ts';
import { endEngine, freshConfig } from '../../support/engine.ts';
import { ownPorts } from '../../support/own-ports.ts';
import { until } from '../../support/until.ts';

let config: Config;
let engine: Engine;
let connection: Connection;
beforeAll(async () => {
  config = freshConfig();
  await ownPorts(config.dataDir);
  engine = await startEngine(config, () => undefined);
  connection = await connectClient(temporalTarget(config));
});
afterAll(async () => {
  await connection.close();
  await engine.stop();
  await endEngine(config);
});

const start = (workflowId: string, options: Partial<WorkflowStartOptions>, namespace = 'default'): Promise<unknown> =>
  new Client({ connection, namespace }).workflow.start('job', { workflowId, taskQueue: 'nobody', ...options });

/** Resolves when all `count` tasks wait in the queue: a start is acknowledged a moment before its task is there. */
const backlogOf = (name: string, count: number): Promise<boolean> => {
  const asked = { namespace: 'default', taskQueue: { name }, taskQueueType: WORKFLOW_TASKS, reportStats: true };
  return until(async () => {
    const { stats } = await connection.workflowService.describeTaskQueue(asked);
    return Number(stats?.approximateBacklogCount ?? 0) >= count;
  });
};
const WORKFLOW_TASKS = 1;

/** Ids of the workflows whose first task a worker of `taskQueue` would get, in order. */
const order = async (taskQueue: string, count: number): Promise<string[]> => {
  await backlogOf(taskQueue, count);
  const ids: string[] = [];
  while (ids.length < count) {
    const poll = (): Promise<{ workflowExecution?: { workflowId?: string | null } | null }> =>
      connection.workflowService.pollWorkflowTaskQueue({ namespace: 'default', taskQueue: { name: taskQueue } });
    const task = await connection.withDeadline(Date.now() + 10_000, poll);
    ids.push(task.workflowExecution?.workflowId ?? '');
  }
  return ids;
};

describe('the embedded engine', () => {
  test('hands out tasks by priority, and in order of their start within one', async () => {
    const taskQueue = 'by-priority';
    const priorities = [
      ['low', 5],
      ['middle-1', 3],
      ['middle-2', 3],
      ['high', 1],
    ] as const;
    for (const [index, [id, priorityKey]] of priorities.entries()) {
      await start(id, { taskQueue, priority: { priorityKey } });
      // Tasks of two starts may overtake each other on their way to the queue.
      await backlogOf(taskQueue, index + 1);
    }
    await expect(order(taskQueue, 4)).resolves.toEqual(['high', 'middle-1', 'middle-2', 'low']);
  });

  test('lets no one fill the queue: tasks of another fairness key do not wait for all of the first', async () => {
    const taskQueue = 'by-fairness';
    for (const id of ['a-1', 'a-2', 'a-3', 'a-4', 'b-1'])
      await start(id, { taskQueue, priority: { fairnessKey: id[0] ?? '' } });
    expect((await order(taskQueue, 5)).indexOf('b-1')).toBeLessThan(3);
  });

  test('knows the search attributes of jobs from its start', async () => {
    const status = defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, SEARCH_ATTRIBUTE_TYPE);
    await start('indexed', { typedSearchAttributes: [{ key: status, value: 'queued' }] });
    const described = await new Client({ connection }).workflow.getHandle('indexed').describe();
    expect(described.typedSearchAttributes.get(status)).toBe('queued');
  });

  test('is reached by `temporal` with the environment of temporalCommand', async () => {
    await start('listed', {});
    const { file, env } = await temporalCommand(config);
    const { stdout } = await promisify(execFile)(
      file,
      ['workflow', 'describe', '--workflow-id', 'listed', '-o', 'json'],
      { env },
    );
    expect(JSON.parse(stdout).workflowExecutionInfo.type.name).toBe('job');
  });
});

describe('a Temporal service that TEMPORAL_ADDRESS names', () => {
  const external = (env: Record<string, string> = {}): Config =>
    loadConfig({ AGENTICORE_DATA_DIR: `${config.dataDir}/none`, TEMPORAL_ADDRESS: engine.address, ...env });

  test('is connected to by client and worker', async () => {
    const target = temporalTarget(external());
    expect(target).toMatchObject({ address: engine.address, namespace: 'default', embedded: false, uiUrl: null });
    const worker = await connectWorkers(target);
    await worker.close();
    const client = await connectClient(target);
    await client.close();
  });

  test('gets the search attributes registered where they are missing, and can use them at once', async () => {
    const namespace = 'newcomer';
    const { file, env } = await temporalCommand(config);
    await promisify(execFile)(file, ['operator', 'namespace', 'create', '--namespace', namespace], { env });
    const target = temporalTarget(external({ TEMPORAL_NAMESPACE: namespace }));
    const client = await connectClient(target);
    await expect(ensureSearchAttributes(client, target.namespace)).resolves.toBeUndefined();
    await client.close();
    const owner = defineSearchAttributeKey(SEARCH_ATTRIBUTES.owner, SEARCH_ATTRIBUTE_TYPE);
    await start('owned', { typedSearchAttributes: [{ key: owner, value: 'local' }] }, namespace);
  });

  test('without room for the search attributes is worked with, says so, and is noticed when it gets them', async () => {
    const namespace = 'full';
    const { file, env } = await temporalCommand(config);
    const temporal = (...words: string[]): Promise<unknown> =>
      promisify(execFile)(file, [...words, '--namespace', namespace], { env });
    await temporal('operator', 'namespace', 'create');
    const others = Array.from({ length: 5 }, (_, number) => `Other${number}`);
    const named = (names: string[]): string[] => names.flatMap((name) => ['--name', name]);
    const ofType = (names: string[]): string[] => names.flatMap((name) => ['--name', name, '--type', 'Keyword']);
    await until(() =>
      temporal('operator', 'search-attribute', 'create', ...ofType(others)).then(
        () => true,
        () => false,
      ),
    );
    const api = await startApiWorld({}, { address: engine.address, namespace });
    try {
      const { status, body } = await api.get('/health');
      const lacking = {
        code: 'search_attributes_missing',
        message: expect.stringMatching(/namespace full lacks .*AgenticoreStatus.*AgenticoreWorktree \(.+\)\. Jobs run/),
        next_step: expect.stringMatching(
          /^Run: temporal operator search-attribute create --namespace full --name AgenticoreStatus --type Keyword /,
        ),
      };
      expect({ status, body }).toMatchObject({ status: 200, body: { status: 'degraded', problems: [lacking] } });
      const checks = await checkTemporal(external({ TEMPORAL_NAMESPACE: namespace }));
      expect(checks.map(({ status }) => status)).toEqual(['ok', 'warn']);
      expect(checks[1]?.next_step).toContain('create --namespace full --name AgenticoreStatus');
      const early = await api.submit({ repo_url: 'https://github.com/a/b' });
      await api.submit();
      await api.countJobs();
      const listed = async (query: string): Promise<string[]> =>
        ((await api.get(`/jobs?${query}`)).body.jobs as JobRecord[]).map(({ id }) => id);
      expect(await listed('status=queued&repo=https://github.com/a/b')).toEqual([early.id]);
      expect(await listed('status=succeeded')).toEqual([]);

      await temporal('operator', 'search-attribute', 'remove', '--yes', ...named(others));
      await temporal('operator', 'search-attribute', 'create', ...ofType(Object.values(SEARCH_ATTRIBUTES)));
      const problems = async (): Promise<{ code: string }[]> =>
        (await api.get('/health')).body.problems as { code: string }[];
      await until(async () => (await problems())[0]?.code === 'search_attributes_new');
      const late = await api.submit({ repo_url: 'https://github.com/a/b' });
      await api.countJobs();
      expect((await listed('repo=https://github.com/a/b')).sort()).toEqual([early.id, late.id].sort());
      const owner = defineSearchAttributeKey(SEARCH_ATTRIBUTES.owner, SEARCH_ATTRIBUTE_TYPE);
      const described = await api.client.workflow.getHandle(late.id).describe();
      expect(described.typedSearchAttributes.get(owner)).toBe('local');
    } finally {
      await api.close();
    }
  });

  test('that wants TLS where we come without, or does not exist, is named together with the remedy', async () => {
    const tls = temporalTarget(external({ TEMPORAL_TLS: 'true' }));
    for (const connect of [connectClient, connectWorkers]) {
      await expect(connect(tls, 0)).rejects.toMatchObject({
        type: 'engine_unavailable',
        message: expect.stringMatching(
          new RegExp(
            `^Temporal at ${engine.address} \\(with TLS\\) cannot be reached.*correct TEMPORAL_ADDRESS or TEMPORAL_TLS`,
          ),
        ),
      });
    }
  });
});
