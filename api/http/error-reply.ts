import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Failure, FAILURES, type FailureType } from '../../contract/shared/failures.ts';
import type { ErrorReply } from '../../contract/http/replies.ts';
import { ApiError } from './api-error.ts';

/** An error as the caller is told it. */
export type Described = Omit<ErrorReply, 'success'> & { statusCode: number };

const STATUS_OF: Partial<Record<FailureType, number>> = {
  blocked_host: 400,
  invalid_request: 400,
  invalid_profile: 400,
  profile_not_found: 400,
  events_unavailable: 503,
};

/** What Fastify and Node themselves refuse, by their code, in our words. */
const KNOWN: Readonly<Record<string, Described>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    statusCode: 413,
    code: 'payload_too_large',
    error: 'the body is too large',
    next_step: 'Send at most 2 MiB.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    statusCode: 415,
    code: 'unsupported_media_type',
    error: 'the body must be JSON',
    next_step: 'Send Content-Type: application/json.',
  },
  FST_ERR_BAD_URL: {
    statusCode: 400,
    code: 'invalid_request',
    error: 'the address holds a broken escape',
    next_step: 'Correct the address.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    statusCode: 414,
    code: 'invalid_request',
    error: 'the address names something longer than any name',
    next_step: 'Correct the address.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    statusCode: 408,
    code: 'request_timeout',
    error: 'the request did not come to its end in time',
    next_step: 'Send it again.',
  },
  HPE_HEADER_OVERFLOW: {
    statusCode: 431,
    code: 'headers_too_large',
    error: 'the headers are too large',
    next_step: 'Send at most 16 KiB of address and headers.',
  },
};

const UNAVAILABLE: Described = {
  statusCode: 503,
  code: 'engine_unavailable',
  error: 'the Temporal server does not answer',
  next_step: 'Try again; look at `agenticore status`.',
};

const INTERNAL: Described = {
  statusCode: 500,
  code: 'internal',
  error: 'something went wrong here',
  next_step: "Look at the server's log, and report it.",
};

/** What the caller is told of an error: of ours and of a refusal what it says, of anything else nothing of the inside. */
export function describeError(error: FastifyError | ApiError | Failure): Described {
  if (error instanceof ApiError) {
    const { statusCode, code, message, nextStep, field } = error;
    return { statusCode, code, error: message, next_step: nextStep, ...(field === undefined ? {} : { field }) };
  }
  if (error instanceof Failure) {
    const { type, message, field } = error;
    const { nextStep: next_step } = FAILURES[type];
    return { statusCode: STATUS_OF[type] ?? 500, code: type, error: message, next_step, ...(field && { field }) };
  }
  if (hasZodFastifySchemaValidationErrors(error)) return describeInvalid(error.validation[0] as unknown as Invalid);
  const known = KNOWN[error.code];
  if (known !== undefined) return known;
  if (isUnavailable(error)) return UNAVAILABLE;
  const statusCode = error.statusCode ?? 500;
  if (statusCode >= 500) return INTERNAL;
  return { statusCode, code: 'invalid_request', error: error.message, next_step: 'Correct the request.' };
}

/** The part of a refusal by schema that is told. `keys` are fields that do not exist. */
interface Invalid {
  instancePath: string;
  message?: string;
  params: { keys?: string[] };
}

function describeInvalid({ instancePath, message = 'is not valid', params: { keys } }: Invalid): Described {
  const field = [...instancePath.split('/').filter(Boolean), ...(keys ?? []).slice(0, 1)].join('.');
  const error = `${field || 'the body'}: ${keys === undefined ? message : 'is no field of this request'}`;
  const next_step = 'Correct the field; see /openapi.json.';
  return { statusCode: 400, code: 'invalid_request', error, next_step, ...(field === '' ? {} : { field }) };
}

/** gRPC codes UNAVAILABLE and DEADLINE_EXCEEDED, wherever the SDK has wrapped them. */
function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (code === 14 || code === 4) return true;
  }
  return false;
}
