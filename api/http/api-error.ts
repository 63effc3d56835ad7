/** An error whose answer is known where it is thrown. */
export class ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly nextStep: string;
  readonly field: string | undefined;
  /** What the answer says besides, by lower-case name. */
  headers: Readonly<Record<string, string>> = {};

  constructor(statusCode: number, code: string, message: string, nextStep: string, field?: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.nextStep = nextStep;
    this.field = field;
  }

  /** Adds headers to the answer. */
  withHeaders(headers: Readonly<Record<string, string>>): this {
    this.headers = headers;
    return this;
  }
}

/** 404 for what does not exist and, alike, for what belongs to another owner. */
export const notFound = (id: string): ApiError =>
  new ApiError(404, 'job_not_found', `there is no job ${id}`, 'Look it up with GET /jobs.');
