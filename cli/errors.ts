interface Details {
  /** Stable name of the error, for machines: the server's where the server refused. */
  code: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** 1: the job that was asked for does not exist or did not succeed. 2: all else. */
  exitCode?: 1 | 2;
  /** Whether it may mend itself, as a server that starts again does. */
  passing?: boolean;
}

/** An error that a user can read as it is: one sentence, and what to do. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;
  readonly passing: boolean;

  constructor(message: string, { code, hint, exitCode = 2, passing = false }: Details) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
    this.passing = passing;
  }
}

/** The command line cannot mean anything; exit 2. */
export const usageError = (message: string, hint?: string): CliError => new CliError(message, { code: 'usage', hint });
