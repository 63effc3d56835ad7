import type { Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import type { JobInput } from '../../contract/workflow/job-spec.ts';
import type { Execution } from '../jobs/record.ts';
import { readCursor, writeCursor } from './cursor.ts';

export interface Page<Memo = Execution['memo']> {
  executions: (Omit<Execution, 'memo'> & { memo: Memo })[];
  nextCursor: string | null;
}

/**
 * One page of the workflows that `query` (a visibility filter) selects: open ones first, then the newest closed.
 * `cursor` is `nextCursor` of the page before, of the same query; another is refused with 400.
 */
export async function listExecutions<Memo = Execution['memo']>(
  client: Client,
  query: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<Memo>> {
  const { workflow, options } = client;
  const response = await workflow.workflowService.listWorkflowExecutions({
    namespace: options.namespace,
    query,
    pageSize: limit,
    nextPageToken: cursor === undefined ? new Uint8Array() : readCursor(query, cursor),
  });
  const executions = response.executions.map(async (raw): Promise<Page<Memo>['executions'][number]> => {
    const memo = await decodeMapFromPayloads(options.loadedDataConverter, raw.memo?.fields);
    return {
      id: raw.execution?.workflowId ?? '',
      type: raw.type?.name ?? '',
      status: STATUS_NAMES[raw.status ?? 0] ?? 'UNKNOWN',
      startTime: toDate(raw.startTime) ?? new Date(0),
      closeTime: toDate(raw.closeTime),
      cancelRequested: false,
      memo: (memo ?? {}) as Memo,
    };
  });
  return { executions: await Promise.all(executions), nextCursor: writeCursor(query, response.nextPageToken) };
}

/** How many workflows `query` (a visibility filter) selects. */
export async function countExecutions({ workflow }: Client, query: string): Promise<number> {
  return (await workflow.count(query)).count;
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
