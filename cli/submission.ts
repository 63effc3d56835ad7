import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { JobRequest } from '../contract/http/job-request.ts';
import { AGENT_NAMES } from '../contract/shared/agents.ts';
import { PART_MODES } from '../contract/shared/checkout-parts.ts';
import { defined } from '../contract/shared/defined.ts';
import { usageError } from './errors.ts';
import { positiveNumber, wholeNumber } from './command.ts';
import { fieldsOf } from './requests.ts';

/** A field of a request as commander names its option: `max_budget_usd` is `maxBudgetUsd`. */
type OptionName<Field extends string> = Field extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<OptionName<Tail>>}`
  : Field;

type FieldOptions = { [Field in keyof JobRequest as OptionName<Field>]?: JobRequest[Field] };

/** Options of the commands that submit a job: those with a name of their own, and a request's fields by their names. */
export interface SubmitOptions extends Omit<FieldOptions, 'task' | 'repoUrl' | 'worktreeId' | 'private'> {
  repo?: string;
  worktree?: string;
  public?: boolean;
  idempotencyKey?: string;
}

/** Declares TASK and the options of a submission. */
export function addSubmitOptions(command: Command): Command {
  return addTaskOptions(command.argument('<task>', 'the task of the agent; - reads it from stdin'))
    .option('--worktree <id>', 'work in this prepared worktree; see `agenticore worktrees`')
    .option('--create-repo', 'create the repository first if it does not exist, as a private one')
    .option('--public', 'with --create-repo: create it as a public one')
    .option('--session-id <id>', 'continue the session of an earlier job that has ended')
    .option('--idempotency-key <key>', 'repeating the command with the same key and task returns the same job');
}

/** Declares the options of the repository and of the agent. */
export function addTaskOptions(command: Command): Command {
  const place = command
    .option(
      '-r, --repo <url>',
      'repository to work on, by its https or ssh address; without it the agent works in an empty directory',
    )
    .option('-p, --profile <name>', 'profile of the agent; see `agenticore profiles`; with auto a model chooses')
    .option('--base-ref <ref>', "branch, tag or commit to start from (default: the repository's default branch)");
  return addAgentOptions(place);
}

/** Declares the options of the agent alone. */
export function addAgentOptions(command: Command): Command {
  return command
    .addOption(new Option('--agent <name>', "the agent (default: the profile's)").choices(AGENT_NAMES))
    .option('-m, --model <name>', "model of the agent (default: the profile's)")
    .option('--timeout <seconds>', "how long the agent may run (default: the profile's)", wholeNumber(1))
    .option('--max-budget-usd <amount>', "US dollars the agent may spend (default: the profile's)", positiveNumber)
    .addOption(new Option('--lfs <when>', "files in Git LFS (default: the profile's)").choices(PART_MODES))
    .addOption(new Option('--submodules <when>', "the submodules (default: the profile's)").choices(PART_MODES))
    .option('--priority <1-5>', '1 runs first, 5 last (default: 3)', wholeNumber(1))
    .option('--file-path <path>', "an .mcp.json file in the server's AGENTICORE_MCP_FILES_DIR");
}

/** The body of POST /jobs that the command line asks for. A repository that is a path becomes absolute. */
export async function readSubmission(task: string, { idempotencyKey, ...options }: SubmitOptions): Promise<JobRequest> {
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
    throw usageError(
      'An idempotency key has 1 to 255 printable ASCII characters without spaces.',
      'Correct --idempotency-key.',
    );
  return { task: task === '-' ? await text(process.stdin) : task, ...readTaskOptions(options) };
}

/** The fields of a request that `addTaskOptions` asks for. A repository that is a path becomes absolute. */
export function readTaskOptions({ repo, worktree, ...options }: SubmitOptions): Omit<JobRequest, 'task'> {
  const named = {
    repo_url: repo === undefined ? undefined : repositoryOf(repo),
    worktree_id: worktree,
    private: options.public === undefined ? undefined : !options.public,
  };
  return defined({ ...(fieldsOf(JobRequest.keyof().options, options) as Partial<JobRequest>), ...named });
}

/** A repository as the API takes it: a path that exists becomes absolute. */
export const repositoryOf = (repo: string): string => (existsSync(repo) ? resolve(repo) : repo);
