import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Failure } from '../contract/shared/failures.ts';
import type { JobBrief } from '../contract/http/job-record.ts';
import { JOB_WORKFLOW, SESSION_WORKFLOW, WORKTREE_WORKFLOW } from '../contract/workflow/names.ts';
import type { JobProgress } from '../contract/workflow/job-progress.ts';
import type { SessionBrief } from '../contract/workflow/session-state.ts';

/** What became of a workflow, as far as its files are concerned. `at`: when it ended (milliseconds since 1970). */
export type Fate = { state: 'open' } | { state: 'unknown' } | { state: 'ended' | 'failed'; at: number };

export type AskFate = (id: string) => Promise<Fate>;

const ENDED = ['COMPLETED', 'CANCELLED', 'TERMINATED'];
const FAILED = ['FAILED', 'TIMED_OUT'];

/**
 * Asks Temporal, which may be another than the files are of: what it does not know is `unknown`. Throws
 * `engine_unavailable`.
 */
export const askTemporal =
  (client: Client): AskFate =>
  async (id) => {
    try {
      const { status, closeTime, type, memo } = await client.workflow.getHandle(id).describe();
      const at = closeTime?.getTime() ?? Date.now();
      // One that was ended by force may hold work, as a failed job may.
      if (status.name === 'TERMINATED' && type === WORKTREE_WORKFLOW) return { state: 'failed', at };
      // Its end has removed what could go.
      if (type === SESSION_WORKFLOW && status.name !== 'RUNNING' && hasRepository(memo)) return { state: 'failed', at };
      // A retry that was cancelled may hold the work of the job that it tried again.
      const { retry_from = 'start' } = (memo?.request ?? {}) as Partial<JobBrief>;
      const isCut = status.name === 'CANCELLED' || status.name === 'TERMINATED';
      if (isCut && retry_from !== 'start') return { state: 'failed', at };
      // A job that succeeded may have left something besides what it delivered.
      const { worktree_path = null } = (memo?.progress ?? {}) as Partial<JobProgress>;
      if (status.name === 'COMPLETED' && type === JOB_WORKFLOW && worktree_path !== null)
        return { state: 'failed', at };
      if (ENDED.includes(status.name)) return { state: 'ended', at };
      return FAILED.includes(status.name) ? { state: 'failed', at } : { state: 'open' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
      const message = `Temporal cannot be asked about ${id} (${(error as Error).message}), so none of its files are deleted.`;
      throw new Failure('engine_unavailable', message, { cause: error });
    }
  };

/** Whether a session has a checkout. */
const hasRepository = (memo: Record<string, unknown> | undefined): boolean =>
  (memo?.request as Partial<SessionBrief> | undefined)?.spec?.repo_url !== undefined;

/** Asks once about each id. */
export function remembering(ask: AskFate): AskFate {
  const known = new Map<string, Promise<Fate>>();
  return (id) => {
    const fate = known.get(id) ?? ask(id);
    known.set(id, fate);
    return fate;
  };
}
