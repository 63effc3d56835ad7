import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { nextStepOf, statusOf, type ApiErrorCode } from '../../contract/http/api-errors.ts';
import type { ErrorReply } from '../../contract/http/replies.ts';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { ApiError, invalid, unknownField } from './api-error.ts';

/** An error as a reply tells it. */
export type ErrorDescription = Omit<ErrorReply, 'success'> & { statusCode: number };

/** What Fastify and Node refuse themselves, by their code. */
const REFUSED: Readonly<Record<string, readonly [code: ApiErrorCode | 'invalid_request', message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'the body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'the body must be JSON'],
  FST_ERR_BAD_URL: ['invalid_request', 'the URL contains an invalid escape sequence'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'a path parameter is too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'the request was not complete in time'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'the headers are too large'],
};

/** What a reply tells of an error: our own errors in full, anything else without internals. */
export function describeError(error: FastifyError | ApiError | Failure): ErrorDescription {
  const own = error instanceof ApiError || error instanceof Failure ? error : translate(error);
  const code = own instanceof ApiError ? own.code : own.type;
  const { message, field } = own;
  return { statusCode: statusOf(code), code, error: message, ...defined({ next_step: nextStepOf(code), field }) };
}

/** An error of Fastify, Node or the Temporal client as one of ours. */
function translate(error: FastifyError): ApiError | Failure {
  if (hasZodFastifySchemaValidationErrors(error)) return invalidField(error.validation[0]);
  const [code, message] = REFUSED[error.code] ?? [];
  if (code === 'invalid_request') return new Failure(code, message ?? '');
  if (code !== undefined) return new ApiError(code, message ?? '');
  if (isUnavailable(error)) return new Failure('engine_unavailable', 'the Temporal server does not answer');
  if ((error.statusCode ?? 500) < 500) return new Failure('invalid_request', error.message);
  return new Failure('internal', 'an internal error occurred');
}

/** The part of a validation error that a reply tells. `keys` are fields that do not exist. */
interface InvalidField {
  instancePath: string;
  message?: string;
  params: { keys?: unknown };
}

function invalidField(error: InvalidField | undefined): Failure {
  const { instancePath = '', message = 'is not valid', params: { keys } = {} } = error ?? {};
  const path = instancePath.split('/').filter(Boolean);
  if (Array.isArray(keys)) return unknownField([...path, String(keys[0])].join('.'));
  return path.length === 0 ? new Failure('invalid_request', `the body: ${message}`) : invalid(path.join('.'), message);
}

/** gRPC codes UNAVAILABLE and DEADLINE_EXCEEDED, wherever the SDK has wrapped them. */
function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (code === 14 || code === 4) return true;
  }
  return false;
}
