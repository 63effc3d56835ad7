import type { Client } from '@temporalio/client';
import type { UsageEntry } from '../../contract/http/usage.ts';
import { sessionOfRun } from '../../contract/workflow/names.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import type { JobExecution } from '../jobs/record.ts';
import type { RunExecution } from '../sessions/run-record.ts';
import type { SessionMemo } from '../sessions/session-record.ts';
import { listExecutions } from '../temporal/visibility.ts';
import { selectIds } from '../temporal/visibility-query.ts';
import { isRun, usageOfJob, usageOfRun } from './entry.ts';

/** Workflows of one page, and sessions that are asked for at once. */
const PAGE = 500;
const SESSIONS = 100;

/** What the workflows that `select` (a visibility filter) finds have used, page by page, the newest first. */
export async function* endedUsage(client: Client, select: string): AsyncGenerator<UsageEntry[]> {
  let cursor: string | undefined;
  do {
    const page = await listExecutions<JobExecution['memo']>(client, select, PAGE, cursor);
    yield await entriesOf(client, page.executions);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function entriesOf(client: Client, executions: (JobExecution | RunExecution)[]): Promise<UsageEntry[]> {
  const sessions = executions.flatMap(({ id }) => sessionOfRun(id)?.session_id ?? []);
  const specs = await specsOf(client, [...new Set(sessions)]);
  return executions.map((execution) =>
    isRun(execution) ? usageOfRun(execution, specs.get(execution.memo.request.session_id)) : usageOfJob(execution),
  );
}

/** What was asked of sessions, as far as they are known. */
export async function specsOf(client: Client, sessions: readonly string[]): Promise<Map<string, SessionSpec>> {
  const specs = new Map<string, SessionSpec>();
  for (let at = 0; at < sessions.length; at += SESSIONS) {
    const some = selectIds(sessions.slice(at, at + SESSIONS));
    const { executions } = await listExecutions<SessionMemo>(client, some, 2 * SESSIONS, undefined);
    for (const { id, memo } of executions) if (memo.request !== undefined) specs.set(id, memo.request.spec);
  }
  return specs;
}
