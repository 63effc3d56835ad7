import { Failure } from './failures.ts';

/** A mistake in a file of a profile. */
export interface FileProblem {
  file: string;
  line: number | null;
  /** Dotted path; empty where the problem is the file as a whole. */
  field: string;
  message: string;
}

/** A problem as one line with file, line and field. */
export const describeProblem = ({ file, line, field, message }: FileProblem): string =>
  `${file}${line === null ? '' : `:${line}`}: ${field === '' ? '' : `${field} `}${message}`;

/** The `invalid_profile` for a file that belongs to a profile. */
export class InvalidFile extends Failure {
  readonly problem: FileProblem;

  constructor(file: string, line: number | null, message: string) {
    const problem = { file, line, field: '', message };
    super('invalid_profile', `${describeProblem(problem)}.`);
    this.problem = problem;
  }
}
