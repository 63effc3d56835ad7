import { createHash } from 'node:crypto';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { decodeMapFromPayloads } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { invalid } from '../http/api-error.ts';

/** What Temporal tells of a workflow. Its memo is not checked: only agenticore writes it. */
export interface Execution<Memo> {
  id: string;
  /** Of the workflow. */
  type: string;
  status: string;
  startTime: Date;
  closeTime?: Date | undefined;
  cancelRequested: boolean;
  memo: Memo;
}

interface Page<Memo> {
  executions: Execution<Memo>[];
  nextCursor: string | null;
}

/** The workflow `id`, whoever owns it; undefined where there is none. */
export async function describeExecution<Memo>({ workflow }: Client, id: string): Promise<Execution<Memo> | undefined> {
  try {
    const { status, startTime, closeTime, memo, raw, type } = await workflow.getHandle(id).describe();
    const cancelRequested = raw.workflowExtendedInfo?.cancelRequested ?? false;
    return { id, type, status: status.name, startTime, closeTime, cancelRequested, memo: (memo ?? {}) as Memo };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * One page of the workflows that `query` (a visibility filter) selects: open ones first, then the newest closed.
 * `cursor` is `nextCursor` of the page before, of the same query; another is refused with 400.
 */
export async function listExecutions<Memo>(
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
  const executions = response.executions.map(async (raw): Promise<Execution<Memo>> => {
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

const MARK_BYTES = 8;

/** `next_cursor` of a page of `query`: Temporal's token with a mark that says which query it is of. */
function writeCursor(query: string, token: Uint8Array | null | undefined): string | null {
  if (!token?.length) return null;
  return Buffer.concat([mark(query, token), token]).toString('base64url');
}

/**
 * Temporal's token in a cursor of the same query. Any other cursor is refused here, because Temporal takes seconds to
 * refuse it.
 */
function readCursor(query: string, cursor: string): Uint8Array {
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(MARK_BYTES);
  if (token.length > 0 && mark(query, token).equals(bytes.subarray(0, MARK_BYTES))) return token;
  throw invalid('cursor', 'must be next_cursor of the previous page, with the same filters');
}

const mark = (query: string, token: Uint8Array): Buffer =>
  createHash('sha256').update(`${query}\0`).update(token).digest().subarray(0, MARK_BYTES);

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

/** A time of the Temporal API. */
export const toDate = (time: Timestamp | null | undefined): Date | undefined =>
  time?.seconds ? new Date(time.seconds.toNumber() * 1_000 + (time.nanos ?? 0) / 1e6) : undefined;
