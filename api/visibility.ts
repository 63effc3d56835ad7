import type { Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { JOB_WORKFLOW } from '../contract/names.ts';
import type { JobInput } from '../contract/steps.ts';
import type { Execution } from './record.ts';
import { readCursor, writeCursor } from './cursor.ts';

const ALL_JOBS = `WorkflowType = '${JOB_WORKFLOW}'`;

export interface Page {
  executions: Execution[];
  nextCursor: string | null;
}

/**
 * One page of the jobs that `query` (a visibility filter) selects: open ones first, then the newest closed. `cursor` is
 * `nextCursor` of the page before, of the same query; another is refused with 400.
 */
export async function listExecutions(
  client: Client,
  query: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page> {
  const { workflow, options } = client;
  const response = await workflow.workflowService.listWorkflowExecutions({
    namespace: options.namespace,
    query: `${ALL_JOBS}${query}`,
    pageSize: limit,
    nextPageToken: cursor === undefined ? new Uint8Array() : readCursor(query, cursor),
  });
  const executions = response.executions.map(async (raw): Promise<Execution> => {
    const memo = (await decodeMapFromPayloads(options.loadedDataConverter, raw.memo?.fields)) as
      Execution['memo'] | undefined;
    return {
      id: raw.execution?.workflowId ?? '',
      status: STATUS_NAMES[raw.status ?? 0] ?? 'UNKNOWN',
      startTime: toDate(raw.startTime) ?? new Date(0),
      closeTime: toDate(raw.closeTime),
      cancelRequested: false,
      memo: memo ?? {},
    };
  });
  return { executions: await Promise.all(executions), nextCursor: writeCursor(query, response.nextPageToken) };
}

/** How many jobs `query` (a visibility filter) selects. */
export async function countExecutions({ workflow }: Client, query: string): Promise<number> {
  return (await workflow.count(`${ALL_JOBS}${query}`)).count;
}

/** WorkflowExecutionStatus of the Temporal API, by number. */
const STATUS_NAMES = [
  'UNSPECIFIED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
];

interface Timestamp {
  seconds?: { toNumber(): number } | null;
  nanos?: number | null;
}

const toDate = (time: Timestamp | null | undefined): Date | undefined =>
  time?.seconds ? new Date(time.seconds.toNumber() * 1_000 + (time.nanos ?? 0) / 1e6) : undefined;

/** The whole request of a job, from the first event of its history: the memo has only the beginning of the task. */
export async function readInput({ workflow, options }: Client, id: string): Promise<JobInput | undefined> {
  const { history } = await workflow.workflowService.getWorkflowExecutionHistory({
    namespace: options.namespace,
    execution: { workflowId: id },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await decodeArrayFromPayloads(options.loadedDataConverter, started?.input?.payloads);
  return input as JobInput | undefined;
}
