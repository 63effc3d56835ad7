import type { ApiErrorCode } from '../../contract/http/api-errors.ts';
import { Failure } from '../../contract/shared/failures.ts';

/**
 * An error that the API replies with: its status and its next step stand in API_ERRORS. A code that FAILURES has is
 * thrown as a Failure.
 */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** The field of the request that it is about. */
  readonly field: string | undefined;
  /** Headers of the reply, by lower-case name. */
  headers: Readonly<Record<string, string>> = {};
  /** Fields of the reply beside those that every error has. */
  facts: Readonly<Record<string, unknown>> = {};

  constructor(code: ApiErrorCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }

  /** Adds headers to the reply. */
  withHeaders(headers: Readonly<Record<string, string>>): this {
    this.headers = headers;
    return this;
  }

  /** Adds fields to the reply; the schema of the route must have them. */
  withFacts(facts: Readonly<Record<string, unknown>>): this {
    this.facts = facts;
    return this;
  }
}

/** 400 for a field that is not valid; `message` says what is wrong and what to do, after the field's name. */
export const invalid = (field: string, message: string, cause?: unknown): Failure =>
  new Failure('invalid_request', `${field}: ${message}`, { field, cause });

/** 400 for a field that the request does not have. */
export const unknownField = (field: string): Failure =>
  new Failure('invalid_request', `unknown field ${field}`, { field });

/** 404 for a job that does not exist and, alike, for one of another owner. */
export const notFound = (id: string): ApiError => new ApiError('job_not_found', `job ${id} does not exist`);
