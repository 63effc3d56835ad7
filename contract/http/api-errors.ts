/** Every error that the API answers with: those that only it has, and the failures that a request can meet, too. */
import { FAILURES, isFailureType, type FailureType } from '../shared/failures.ts';

interface ApiErrorKind {
  status: number;
  /** What is wrong, as a sentence. */
  meaning: string;
  /** What the caller should do, in the terms of the API: see terms.ts. */
  nextStep: string;
}

const error = (status: number, meaning: string, nextStep: string): ApiErrorKind => ({ status, meaning, nextStep });

/** Errors that only the API has, by the stable code that callers see. */
export const API_ERRORS = {
  approval_decided: error(
    409,
    'The approval was decided before; the answer has that decision.',
    'Nothing to do: the first decision stands.',
  ),
  approval_not_found: error(
    404,
    'There is no such approval, or it belongs to another owner.',
    'Find the approval with `GET /approvals`.',
  ),
  client_closed: error(499, 'The caller closed the connection before the answer.', 'Read the job again.'),
  completion_not_found: error(
    404,
    'There is no such chat completion, or it belongs to another owner.',
    'Use the id of a completion that this server has answered.',
  ),
  completion_running: error(409, 'The chat completion is not complete.', 'Read it again when the agent has answered.'),
  conversation_busy: error(
    409,
    'Another message of the conversation is being answered.',
    'Wait for that answer, or end its request; a tool call that waits for a decision is decided by `/approve` or `/deny`.',
  ),
  diff_not_found: error(
    404,
    'The job has no diff.',
    'Wait until the job has delivered; a job without changes has none.',
  ),
  diff_on_other_host: error(
    409,
    'The diff is on the disk of another host.',
    'Ask the API on the host that the message names, or let all hosts share one data directory.',
  ),
  events_on_other_host: error(
    409,
    'The events are on the disk of another host.',
    'Ask the API on the host that the message names, or let all hosts share a Redis server (REDIS_URL).',
  ),
  headers_too_large: error(431, 'The headers of the request are too large.', 'Send at most 16 KiB of URL and headers.'),
  host_not_allowed: error(
    403,
    'The server does not accept this Host header.',
    'Ask the operator to add the host to AGENTICORE_ALLOWED_HOSTS.',
  ),
  idempotency_mismatch: error(422, 'The Idempotency-Key was used for another request.', 'Use a new key for a new job.'),
  insufficient_scope: error(403, 'The token lacks a scope.', 'Get a token with the scope that the message names.'),
  job_not_found: error(404, 'There is no such job, or it belongs to another owner.', 'Find the job with `GET /jobs`.'),
  job_running: error(409, 'The job has not ended.', 'Wait until it has ended, or cancel it with `DELETE /jobs/{id}`.'),
  job_succeeded: error(409, 'The job has succeeded, so there is nothing to retry.', 'Submit a new job.'),
  mcp_session_not_found: error(404, 'There is no such MCP session.', 'Connect to /sse again.'),
  message_too_large: error(
    413,
    'The message is longer than 4 MiB, or 8 MiB in a chat request.',
    'Put the material where the agent can read it.',
  ),
  method_not_allowed: error(405, 'The route does not support this method.', 'Send a POST.'),
  model_not_found: error(404, 'There is no such model.', 'Choose one of those that GET /v1/models lists.'),
  no_parent: error(409, 'The session was not spawned by another one.', 'Answer in the session itself.'),
  no_worker: error(
    503,
    'No worker handled the request in time.',
    'Start a worker, then send the same request again with the same idempotency key; it is carried out once.',
  ),
  not_a_child: error(
    404,
    'The session is no child of the one in whose name its agent calls.',
    'Use the id of a child that agenticore_session_spawn answered.',
  ),
  oauth_unavailable: error(
    503,
    'The OAuth issuer does not answer, so the token cannot be checked.',
    'Try again later. The operator checks AGENTICORE_OAUTH_ISSUER.',
  ),
  origin_not_allowed: error(
    403,
    'The server does not accept requests from this Origin.',
    'Ask the operator to add the origin to AGENTICORE_ALLOWED_ORIGINS.',
  ),
  payload_too_large: error(
    413,
    'The body of the request is too large.',
    'Send at most 2 MiB, or 32 MiB where the route takes a message.',
  ),
  plan_executed: error(
    409,
    'The plan was executed by a request with other options.',
    'Read the job that `GET /plans/{id}` names in execution_job_id, or start one more job with `again`.',
  ),
  plan_failed: error(409, 'The plan could not be made.', 'Make another plan with `POST /plans`.'),
  plan_not_found: error(
    404,
    'There is no such plan, or it belongs to another owner.',
    'Find the plan with `GET /plans`.',
  ),
  plan_not_ready: error(409, 'The plan is not ready yet.', 'Execute it when `GET /plans/{id}` shows it as ready.'),
  previous_response_not_found: error(
    404,
    'There is no such response, or it belongs to another owner, or was not stored.',
    'Send the whole history as `input`, without `previous_response_id`.',
  ),
  queue_full: error(
    429,
    'You have as many waiting jobs as the server allows.',
    'Wait until some have started. The operator can raise AGENTICORE_MAX_QUEUED_JOBS.',
  ),
  request_timeout: error(408, 'The request did not arrive completely in time.', 'Send it again.'),
  response_not_found: error(
    404,
    'There is no such response, or it belongs to another owner, or was not stored.',
    'Use the id that a response had; it is kept for AGENT_MODE_SESSION_TTL seconds.',
  ),
  retry_impossible: error(
    409,
    'No running worker has the work that the retry would begin with.',
    'Start that worker again, or retry with `from` set to start, which runs the agent again from the beginning.',
  ),
  route_not_found: error(404, 'There is no such route.', 'See /openapi.json for all routes.'),
  run_ended: error(409, 'The run has ended.', 'Read the run with `GET /runs/{id}`.'),
  run_not_found: error(
    404,
    'There is no such run, or it belongs to another owner.',
    'Find the run in `GET /sessions/{id}`.',
  ),
  session_unavailable: error(
    409,
    'No running worker has the transcript of the session, or it is not where the worktree is.',
    'Start the worker that has it again, or submit without `session_id`.',
  ),
  task_too_large: error(
    413,
    'The task is longer than 256 KiB.',
    'Put the material into the repository and refer to it in the task.',
  ),
  telemetry_off: error(
    404,
    'The server keeps no telemetry.',
    'Ask the operator to set POSTGRES_URL, or send telemetry to a collector.',
  ),
  telemetry_unavailable: error(503, 'The PostgreSQL of the server does not answer.', 'Send the same again later.'),
  too_many_requests: error(
    429,
    'You have sent more requests in a minute than the server allows.',
    'Wait as long as the Retry-After header says. The operator can raise AGENTICORE_RATE_LIMIT.',
  ),
  transcript_not_found: error(404, 'The job has no transcript.', 'Wait until the agent of the job has ended.'),
  transcript_on_other_host: error(
    409,
    'The transcript is on the disk of another host.',
    'Ask the API on the host that the message names, or let all hosts share one data directory.',
  ),
  unauthorized: error(
    401,
    'The request has no valid API key or token.',
    "Send one of the server's API keys in `X-API-Key`, or a token of its OAuth issuer as Authorization: Bearer.",
  ),
  unsupported_media_type: error(415, 'The body must be JSON.', 'Send Content-Type: application/json.'),
  uri_too_long: error(414, 'A path parameter is too long.', 'Correct the URL.'),
} as const satisfies Record<string, ApiErrorKind>;

/** HTTP status of the failures that a request can meet; those of a git remote when a worktree is removed. */
export const FAILURE_STATUS = {
  approval_gone: 409,
  blocked_host: 400,
  budget_exceeded: 409,
  child_limit: 409,
  engine_unavailable: 503,
  events_unavailable: 503,
  host_not_found: 409,
  internal: 500,
  invalid_package: 400,
  invalid_profile: 400,
  invalid_request: 400,
  package_not_found: 400,
  profile_not_found: 400,
  remote_unavailable: 409,
  repo_auth_failed: 409,
  repo_not_found: 409,
  session_busy: 409,
  session_closed: 409,
  session_full: 429,
  session_not_found: 404,
  undelivered_work: 409,
  worktree_busy: 409,
  worktree_not_found: 404,
  worktree_not_ready: 409,
  worktree_unavailable: 409,
} as const satisfies Partial<Record<FailureType, number>>;

/** Codes of the errors that only the API has. */
export type ApiErrorCode = keyof typeof API_ERRORS;

/** HTTP status of an error; 500 for a failure that no request should meet. */
export function statusOf(code: ApiErrorCode | FailureType): number {
  const statuses: Readonly<Record<string, number>> = FAILURE_STATUS;
  return isApiErrorCode(code) ? API_ERRORS[code].status : (statuses[code] ?? 500);
}

/** What to do about an error or failure; undefined for a code that is not ours. */
export function nextStepOf(code: string): string | undefined {
  if (isApiErrorCode(code)) return API_ERRORS[code].nextStep;
  return isFailureType(code) ? FAILURES[code].nextStep : undefined;
}

/** Whether `code` is that of an error that only the API has. */
export const isApiErrorCode = (code: string): code is ApiErrorCode => Object.hasOwn(API_ERRORS, code);
