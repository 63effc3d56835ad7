import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OpenAiError } from '../../contract/http/chat.ts';
import type { Failure } from '../../contract/shared/failures.ts';
import { ApiError } from '../http/api-error.ts';
import { describeError, type ErrorDescription } from '../http/error-reply.ts';

/** Seconds after which a client may ask again that there is room, where nothing says it better. */
const RETRY_AFTER_S = '5';

/** What our codes are called by OpenAI's API. */
const CODES: Readonly<Record<string, string>> = {
  unauthorized: 'invalid_api_key',
  session_busy: 'conversation_busy',
  too_many_requests: 'rate_limit_exceeded',
  queue_full: 'rate_limit_exceeded',
  session_full: 'rate_limit_exceeded',
  no_worker: 'at_capacity',
  engine_unavailable: 'at_capacity',
  invalid_request: 'invalid_request_error',
  blocked_host: 'invalid_request_error',
};

/** Headers by which SDKs know whether to send the request again, by status. */
const RETRIES: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  409: { 'x-should-retry': 'false' },
  429: { 'retry-after': RETRY_AFTER_S },
  500: { 'x-should-retry': 'false' },
  503: { 'retry-after': RETRY_AFTER_S },
};

/** A run that failed: something ran, so the request must not be sent again unasked. */
export class AgentError extends Error {
  readonly code: string;

  constructor({ code, message }: { code: string; message: string }) {
    super(message);
    this.code = code;
  }
}

/** An error in OpenAI's shape. */
export const openAiError = (message: string, type: string, code: string, param: string | null = null): OpenAiError => ({
  error: { message, type, param, code },
});

/** Replies to every error below the prefix of `app` in OpenAI's shape, also for a route that there is not. */
export function answerAsOpenAi(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | ApiError | Failure | AgentError, request, reply) => {
    if (error instanceof AgentError) return send(reply, 500, openAiError(error.message, 'agent_error', error.code));
    const described = describeError(error);
    if (described.statusCode >= 500) request.log.error({ err: error }, 'request failed');
    return send(reply, described.statusCode, translated(described), error instanceof ApiError ? error.headers : {});
  });
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(0, 200) ?? '';
    return send(reply, 404, openAiError(`there is no route ${request.method} ${path}`, TYPES[404], 'route_not_found'));
  });
}

/** What a failure to begin a turn is in the stream that has begun already. */
export const streamedError = (error: unknown): OpenAiError =>
  error instanceof AgentError
    ? openAiError(error.message, 'server_error', error.code)
    : translated(describeError(error as FastifyError));

function send(
  reply: FastifyReply,
  status: number,
  body: OpenAiError,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return reply
    .headers({ ...RETRIES[status], ...headers })
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body));
}

const TYPES = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'invalid_request_error',
  429: 'rate_limit_error',
};

function translated({ statusCode, code, error, field, next_step }: ErrorDescription): OpenAiError {
  const types: Readonly<Record<number, string>> = TYPES;
  const type = types[statusCode] ?? (statusCode < 500 ? 'invalid_request_error' : 'server_error');
  // What SDKs show to people is the message alone.
  const message = statusCode < 500 || next_step === undefined ? error : `${error} ${next_step}`;
  return openAiError(message, type, CODES[code] ?? code, field);
}
