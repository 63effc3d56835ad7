/** The commands of a profile around its agent, and what became of them. No zod here: workflows import this file. */

/** `setup` prepares the worktree before the agent, `verify` judges what the agent did. */
export type CheckPhase = 'setup' | 'verify';

/** `skipped`: a command before it did not pass. */
export const CHECK_OUTCOMES = ['passed', 'failed', 'timed_out', 'skipped'] as const;
type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

/** What to do with work that does not pass: see docs/profiles.md. */
export const ON_FAILURE = ['fail', 'draft', 'deliver'] as const;

/** One run of one command. */
export interface CommandCheck {
  phase: CheckPhase;
  /** How often `verify` has begun, this time included; 1 in `setup`. */
  round: number;
  command: string;
  outcome: CheckOutcome;
  /** Null where it was skipped or killed. */
  exit_code: number | null;
  duration_ms: number;
}

/** What a profile runs in one phase, one command after the other; all of them together may take `timeout_s`. */
export interface Commands {
  run: string[];
  timeout_s: number;
}

/** Files by whose content a cache is found, and what it holds; paths in the worktree. */
export interface CacheOptions {
  key: string[];
  paths: string[];
}

export interface Setup extends Commands {
  cache?: CacheOptions;
}

export interface Verify extends Commands {
  /** Times that a failure goes back to the agent. */
  max_fixes: number;
  on_failure: (typeof ON_FAILURE)[number];
}

export interface CommandRun extends Pick<CommandCheck, 'exit_code' | 'duration_ms'> {
  outcome: Exclude<CheckOutcome, 'skipped'>;
  /** The end of what it wrote, where it did not pass; else empty. */
  output: string;
}

/** A command that did not pass. */
export type FailedCommand = Pick<CommandCheck, 'phase' | 'command' | 'outcome' | 'exit_code'> &
  Pick<CommandRun, 'output'>;

/** How a check ended, in words: "failed with exit code 1". */
export function outcomeWords({ outcome, exit_code }: Pick<CommandCheck, 'outcome' | 'exit_code'>): string {
  if (outcome === 'timed_out') return 'did not end in time';
  if (outcome !== 'failed') return outcome;
  return exit_code === null ? 'was killed' : `failed with exit code ${exit_code}`;
}

/** How long a check took: "2.1 s"; nothing where it was skipped. */
export const checkTime = ({ outcome, duration_ms }: Pick<CommandCheck, 'outcome' | 'duration_ms'>): string =>
  outcome === 'skipped' ? '' : `${(duration_ms / 1_000).toFixed(1)} s`;
