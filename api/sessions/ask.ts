import { setTimeout as sleep } from 'node:timers/promises';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isApiErrorCode } from '../../contract/http/api-errors.ts';
import { Failure, isFailureType } from '../../contract/shared/failures.ts';
import { SESSION_WORKFLOW } from '../../contract/workflow/names.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import { describeExecution } from '../temporal/visibility.ts';
import { abortable } from '../temporal/with-abort.ts';

/** How long a worker may take to carry out an update (milliseconds): it only takes note. */
const ANSWER_MS = 15_000;

const AGAIN_MS = 100;

/** What Temporal says of an update that a run of the workflow took and, since its history ended, did not carry out. */
const CUT_OFF = 'AcceptedUpdateCompletedWorkflow';

/** gRPC code of an update that came while a run of the workflow ended. */
const ABORTED = 10;

/** Who asks for something, and the key under which a repeated request is known. */
export interface Asker {
  owner: string;
  key?: string | undefined;
}

interface Update {
  name: string;
  /** The same id again gets the first outcome. */
  id: string;
  arg: unknown;
}

/**
 * Has a session's workflow carry out an update; with `start` the session is started by the same call, unless it is
 * there. An update that meets the end of a run of the workflow, which goes on as a new run, is sent again under the
 * same id. Throws what the workflow refuses it with, 409 `session_closed`, and 503 `no_worker` where no worker answers
 * in time: then the update may be carried out later.
 */
export async function askSession<Outcome>(
  { client }: Pick<ServiceContext, 'client'>,
  session: string,
  { name, id: updateId, arg }: Update,
  start?: WorkflowStartOptions,
): Promise<Outcome> {
  const over = timeLimit(ANSWER_MS);
  const update = { updateId, args: [arg] as [unknown] };
  const ask = (): Promise<Outcome> => {
    if (start === undefined) return client.workflow.getHandle(session).executeUpdate<Outcome, [unknown]>(name, update);
    const options = { ...start, workflowIdConflictPolicy: 'USE_EXISTING' as const };
    const startWorkflowOperation = new WithStartWorkflowOperation(SESSION_WORKFLOW, options);
    return client.workflow.executeUpdateWithStart(name, { ...update, startWorkflowOperation });
  };
  while (!over.aborted) {
    try {
      const answer = await abortable(client, over, () => ask().then((outcome) => ({ outcome })));
      if (answer === undefined) break;
      return answer.outcome;
    } catch (error) {
      const closed = isClosed(error);
      if (!closed && !isCutOff(error)) throw refusalOf(error) ?? error;
      if (closed && (await describeExecution(client, session))?.status !== 'RUNNING')
        throw new Failure('session_closed', `session ${session} is closed`);
      await sleep(AGAIN_MS);
    }
  }
  throw new ApiError('no_worker', `no worker handled the request for session ${session} in time`);
}

const isClosed = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError;

function isCutOff(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type === CUT_OFF) return true;
    if ((cause as { code?: unknown }).code === ABORTED) return true;
  }
  return false;
}

/** The workflow's refusal as an error of ours. */
function refusalOf(error: unknown): ApiError | Failure | undefined {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type == null) return undefined;
  if (isApiErrorCode(cause.type)) return new ApiError(cause.type, cause.message);
  return isFailureType(cause.type) ? new Failure(cause.type, cause.message) : undefined;
}

/** Refuses a key that was used for another request. */
export function checkRepeated(first: string, now: string): void {
  if (first === now) return;
  throw new ApiError('idempotency_mismatch', 'the idempotency key was used for another request', 'idempotency_key');
}
