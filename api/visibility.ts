import type { Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { JOB_WORKFLOW } from '../contract/names.ts';
import type { JobInput } from '../contract/steps.ts';
import type { Execution } from './record.ts';
import { ApiError } from './errors.ts';

export interface Page {
  executions: Execution[];
  nextCursor: string | null;
}

/** One page of the jobs that `query` (a visibility filter) selects: open ones first, then the newest closed. */
export async function listExecutions(
  client: Client,
  query: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page> {
  const { workflow, options } = client;
  const response = await workflow.workflowService
    .listWorkflowExecutions({
      namespace: options.namespace,
      query: `WorkflowType = '${JOB_WORKFLOW}'${query}`,
      pageSize: limit,
      nextPageToken: Buffer.from(cursor ?? '', 'base64url'),
    })
    .catch((error: unknown) => {
      if (cursor !== undefined && (error as { code?: number }).code === 3)
        throw new ApiError(
          400,
          'invalid_request',
          'cursor: is not one of ours',
          'Pass next_cursor of the page before.',
          'cursor',
        );
      throw error;
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
  const token = Buffer.from(response.nextPageToken ?? []).toString('base64url');
  return { executions: await Promise.all(executions), nextCursor: token === '' ? null : token };
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
