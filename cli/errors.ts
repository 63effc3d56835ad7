interface Details {
  /** Stable code of the error, for programs: the server's code where the server refused. */
  code: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** 1: the job does not exist or did not succeed. 2: everything else. */
  exitCode?: 1 | 2;
  /** Whether a later try may succeed, as after a restart of the server. */
  transient?: boolean;
}

/** An error for the user: one sentence, and what to do. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;
  readonly transient: boolean;

  constructor(message: string, { code, hint, exitCode = 2, transient = false }: Details) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
    this.transient = transient;
  }
}

/** The command line is wrong; exit 2. */
export const usageError = (message: string, hint?: string): CliError => new CliError(message, { code: 'usage', hint });
