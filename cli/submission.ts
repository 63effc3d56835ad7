import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { JobRequest } from '../contract/job.ts';
import { usageError } from './errors.ts';

/** Options of the verbs that submit a job. */
export interface SubmitOptions {
  repo?: string;
  profile?: string;
  baseRef?: string;
  idempotencyKey?: string;
}

/** Declares TASK and the options of a submission. */
export function addSubmitOptions(command: Command): Command {
  return command
    .argument('<task>', 'what the agent shall do; - reads it from stdin')
    .option(
      '-r, --repo <url>',
      'repository to work on, by its https or ssh address; without it the agent works in an empty directory',
    )
    .option('-p, --profile <name>', 'how the agent works; see `agenticore profiles`')
    .option('--base-ref <ref>', "where the work starts (default: the repository's default branch)")
    .option('--idempotency-key <key>', 'the same key and task again answer the same job');
}

/** The body of POST /jobs that the command line asks for. A repository that is a path becomes absolute. */
export async function readSubmission(
  task: string,
  { repo, profile, baseRef, idempotencyKey }: SubmitOptions,
): Promise<JobRequest> {
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
    throw usageError('An idempotency key has 1 to 255 letters, digits or signs.', 'Correct --idempotency-key.');
  return {
    task: task === '-' ? await text(process.stdin) : task,
    ...(repo === undefined ? {} : { repo_url: existsSync(repo) ? resolve(repo) : repo }),
    ...(profile === undefined ? {} : { profile }),
    ...(baseRef === undefined ? {} : { base_ref: baseRef }),
  };
}
