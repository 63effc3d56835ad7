import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { JobRequest } from '../contract/http/job-request.ts';
import { usageError } from './errors.ts';
import { positiveNumber, wholeNumber } from './command.ts';

/** Options of the verbs that submit a job. */
export interface SubmitOptions {
  repo?: string;
  profile?: string;
  baseRef?: string;
  idempotencyKey?: string;
  model?: string;
  timeout?: number;
  maxBudgetUsd?: number;
  priority?: number;
  sessionId?: string;
  filePath?: string;
  createRepo?: boolean;
  public?: boolean;
  worktree?: string;
}

/** Declares TASK and the options of a submission. */
export function addSubmitOptions(command: Command): Command {
  return addTaskOptions(command.argument('<task>', 'what the agent shall do; - reads it from stdin'))
    .option('--worktree <id>', 'work in a worktree that was prepared before; see `agenticore worktrees`')
    .option('--create-repo', 'make the repository first where there is none, as a private one')
    .option('--public', 'make it public')
    .option('--session-id <id>', 'go on with the session of an earlier job that has ended')
    .option('--idempotency-key <key>', 'the same key and task again answer the same job');
}

/** Declares the options that say where and how an agent works. */
export function addTaskOptions(command: Command): Command {
  const place = command
    .option(
      '-r, --repo <url>',
      'repository to work on, by its https or ssh address; without it the agent works in an empty directory',
    )
    .option('-p, --profile <name>', 'how the agent works; see `agenticore profiles`; auto lets a model choose')
    .option('--base-ref <ref>', "where the work starts (default: the repository's default branch)");
  return addAgentOptions(place);
}

/** Declares those of them that say how the agent works. */
export function addAgentOptions(command: Command): Command {
  return command
    .option('-m, --model <name>', "model of the agent, in place of the profile's")
    .option('--timeout <seconds>', "how long the agent may run, in place of the profile's", wholeNumber(1))
    .option('--max-budget-usd <amount>', "US dollars the agent may spend, in place of the profile's", positiveNumber)
    .option('--priority <1-5>', '1 goes first, 5 last (default: 3)', wholeNumber(1))
    .option('--file-path <path>', "an .mcp.json on the server, in the server's AGENTICORE_MCP_FILES_DIR");
}

/** The body of POST /jobs that the command line asks for. A repository that is a path becomes absolute. */
export async function readSubmission(task: string, { idempotencyKey, ...options }: SubmitOptions): Promise<JobRequest> {
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
    throw usageError('An idempotency key has 1 to 255 letters, digits or signs.', 'Correct --idempotency-key.');
  return { task: task === '-' ? await text(process.stdin) : task, ...readTaskOptions(options) };
}

/** The fields of a request that `addTaskOptions` asks for. A repository that is a path becomes absolute. */
export function readTaskOptions({ repo, profile, baseRef, ...options }: SubmitOptions): Omit<JobRequest, 'task'> {
  return {
    ...(repo === undefined ? {} : { repo_url: repositoryOf(repo) }),
    ...(profile === undefined ? {} : { profile }),
    ...(baseRef === undefined ? {} : { base_ref: baseRef }),
    ...jobOptions(options),
  };
}

/** A repository as the API takes it: a path that exists becomes absolute. */
export const repositoryOf = (repo: string): string => (existsSync(repo) ? resolve(repo) : repo);

function jobOptions({
  model,
  timeout,
  maxBudgetUsd,
  priority,
  sessionId,
  filePath,
  createRepo,
  public: isPublic,
  worktree,
}: SubmitOptions): Partial<JobRequest> {
  return {
    ...(model === undefined ? {} : { model }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxBudgetUsd === undefined ? {} : { max_budget_usd: maxBudgetUsd }),
    ...(priority === undefined ? {} : { priority }),
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(filePath === undefined ? {} : { file_path: filePath }),
    ...(createRepo === undefined ? {} : { create_repo: createRepo }),
    ...(isPublic === undefined ? {} : { private: !isPublic }),
    ...(worktree === undefined ? {} : { worktree_id: worktree }),
  };
}
