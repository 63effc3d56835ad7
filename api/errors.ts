import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { ErrorReply } from '../contract/job.ts';
import { Failure, FAILURES, type FailureType } from '../contract/failures.ts';

/** An error whose answer is known where it is thrown. */
export class ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly nextStep: string;
  readonly field: string | undefined;

  constructor(statusCode: number, code: string, message: string, nextStep: string, field?: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.nextStep = nextStep;
    this.field = field;
  }
}

/** 404 for what does not exist and, alike, for what belongs to another owner. */
export const notFound = (id: string): ApiError =>
  new ApiError(404, 'job_not_found', `there is no job ${id}`, 'Look it up with GET /jobs.');

const STATUS_OF: Partial<Record<FailureType, number>> = {
  invalid_request: 400,
  invalid_profile: 400,
  profile_not_found: 400,
  events_unavailable: 503,
};

/** Every error answer, from a route or from Fastify itself, in the one shape of ErrorReply. No stack, nothing of ours. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode, ...body } = describe(error);
    if (statusCode >= 500) request.log.error({ err: error }, 'request failed');
    return send(reply, statusCode, body);
  });
  app.setNotFoundHandler((request, reply) =>
    send(reply, 404, {
      code: 'route_not_found',
      error: `there is no ${request.method} ${request.url.split('?', 1)[0] ?? ''}`,
      next_step: 'See /openapi.json for what there is.',
    }),
  );
}

function send(reply: FastifyReply, statusCode: number, body: Omit<ErrorReply, 'success'>): FastifyReply {
  return reply.code(statusCode).send({ success: false, ...body } satisfies ErrorReply);
}

type Described = Omit<ErrorReply, 'success'> & { statusCode: number };

function describe(error: FastifyError | ApiError | Failure): Described {
  if (error instanceof ApiError) {
    const { statusCode, code, message, nextStep, field } = error;
    return { statusCode, code, error: message, next_step: nextStep, ...(field === undefined ? {} : { field }) };
  }
  if (error instanceof Failure)
    return {
      statusCode: STATUS_OF[error.type] ?? 500,
      code: error.type,
      error: error.message,
      next_step: FAILURES[error.type].nextStep,
    };
  if (hasZodFastifySchemaValidationErrors(error)) return describeInvalid(error.validation[0]);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return {
      statusCode: 413,
      code: 'payload_too_large',
      error: 'the body is too large',
      next_step: 'Send at most 2 MiB.',
    };
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return {
      statusCode: 415,
      code: 'unsupported_media_type',
      error: 'the body must be JSON',
      next_step: 'Send Content-Type: application/json.',
    };
  if (isUnavailable(error))
    return {
      statusCode: 503,
      code: 'engine_unavailable',
      error: 'the Temporal server does not answer',
      next_step: 'Try again; look at `agenticore status`.',
    };
  const statusCode = error.statusCode ?? 500;
  if (statusCode >= 500)
    return {
      statusCode,
      code: 'internal',
      error: 'something went wrong here',
      next_step: "Look at the server's log, and report it.",
    };
  return { statusCode, code: 'invalid_request', error: error.message, next_step: 'Correct the request.' };
}

type Invalid = { instancePath: string; message?: string | undefined; params?: { issue?: { keys?: string[] } } };

function describeInvalid(issue: unknown): Described {
  const { instancePath, message, params } = issue as Invalid;
  const field = params?.issue?.keys?.[0] ?? instancePath.split('/').filter(Boolean).join('.');
  const error = `${field === '' ? 'the body' : field}: ${message ?? 'is not valid'}`;
  return {
    statusCode: 400,
    code: 'invalid_request',
    error,
    next_step: 'Correct the field; see /openapi.json.',
    ...(field === '' ? {} : { field }),
  };
}

/** gRPC codes UNAVAILABLE and DEADLINE_EXCEEDED, wherever the SDK has wrapped them. */
function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (code === 14 || code === 4) return true;
  }
  return false;
}
