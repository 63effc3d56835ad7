import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import type { ResponseObject } from '../../../contract/http/responses.ts';
import { sessionOfRun } from '../../../contract/workflow/names.ts';
import { checkDisk } from '../../events/source.ts';
import { ApiError } from '../../http/api-error.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { eventSource } from '../../sessions/session-events.ts';
import type { BegunTurn } from '../turn.ts';
import { FollowedResponse } from './follow-response.ts';
import { runOfResponse } from './response.ts';

/** How long a run may take to end when it is cancelled, before its response is answered as it is (milliseconds). */
const CANCEL_MS = 10_000;

type Deps = Pick<ApiDeps, 'events' | 'sessions' | 'responses' | 'disk'>;

/** A response that was stored, to be read. 404 `response_not_found` also for one of another owner. */
export async function findResponse(deps: Deps, id: string, owner: string): Promise<FollowedResponse> {
  const run_id = runOfResponse(id) ?? '';
  const run = sessionOfRun(run_id);
  const record = run && (await deps.responses.get(owner, id));
  if (run === undefined || record === undefined) throw noResponse(id);
  const session = await deps.sessions.reader.owned(run.session_id, owner).catch(() => Promise.reject(noResponse(id)));
  checkDisk(eventSource(session), deps.disk, 'events');
  const { cursor, show } = record;
  const begun: BegunTurn = { kind: 'turn', tier: 'response', ...run, run_id, cursor, show };
  return new FollowedResponse(deps, { begun, record, owner, store: true });
}

/** Cancels the run of a response, unless that is over, and answers with the response. */
export async function cancelResponse(deps: Deps, id: string, owner: string): Promise<ResponseObject> {
  const { response, isOver } = await (await findResponse(deps, id, owner)).soFar();
  if (isOver) return response;
  const run_id = runOfResponse(id) ?? '';
  await deps.sessions.cancelRun(run_id, owner);
  await deps.sessions.runEnded(run_id, owner, timeLimit(CANCEL_MS));
  return (await (await findResponse(deps, id, owner)).soFar()).response;
}

/** Forgets a response: it cannot be read again, nor named by another. What was said stays in its session. */
export async function deleteResponse(deps: Deps, id: string, owner: string): Promise<void> {
  await findResponse(deps, id, owner);
  await deps.responses.drop(owner, id);
}

const noResponse = (id: string): ApiError =>
  new ApiError('response_not_found', `the response ${id.slice(0, 100)} does not exist`);
