import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { defined } from '../../contract/shared/defined.ts';
import { toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { worktreeDetails } from '../output/worktree.ts';
import { repositoryOf } from '../submission.ts';
import { onServer, type CommandCall } from '../command.ts';

const LOOK_EVERY_MS = 300;

interface PrepareOptions {
  repo: string;
  baseRef?: string;
}

/** `agenticore worktrees prepare`: prepares a worktree, and waits until it is ready or has failed. */
export function registerPrepare(worktrees: Command): void {
  const command = worktrees
    .command('prepare')
    .description('Prepare a worktree for later jobs, and wait until it is ready')
    .requiredOption('-r, --repo <url>', 'repository of the worktree, by its https or ssh address')
    .option('--base-ref <ref>', "branch, tag or commit to start from (default: the repository's default branch)");
  onServer(command, prepare);
}

async function prepare({ client, json, options: { repo, baseRef } }: CommandCall<PrepareOptions>): Promise<void> {
  let worktree = await client.prepareWorktree({
    repo_url: repositoryOf(repo),
    wait: false,
    ...defined({ base_ref: baseRef }),
  });
  if (!json) say(`Preparing worktree ${worktree.id}.`);
  while (worktree.status === 'preparing') {
    await sleep(LOOK_EVERY_MS);
    worktree = await client.worktree(worktree.id);
  }
  print(json ? toJson({ success: true, worktree }) : worktreeDetails(worktree));
  if (worktree.status !== 'ready') process.exitCode = 1;
}
