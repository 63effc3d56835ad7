import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { worktreeDetails } from '../output/worktree.ts';
import { onServer, type Verb } from '../command.ts';

const LOOK_EVERY_MS = 300;

interface PrepareOptions {
  repo: string;
  baseRef?: string;
}

/** `agenticore worktrees prepare`: has a worktree made, and waits until it is ready or cannot be. */
export function registerPrepare(worktrees: Command): void {
  const command = worktrees
    .command('prepare')
    .description('Prepare a worktree for later jobs, and wait until it is ready')
    .requiredOption('-r, --repo <url>', 'its repository, by its https or ssh address')
    .option('--base-ref <ref>', "where it starts (default: the repository's default branch)");
  onServer(command, prepare);
}

async function prepare({ client, json, options: { repo, baseRef } }: Verb<PrepareOptions>): Promise<void> {
  const repo_url = existsSync(repo) ? resolve(repo) : repo;
  let worktree = await client.prepareWorktree({
    ...{ repo_url, wait: false },
    ...(baseRef === undefined ? {} : { base_ref: baseRef }),
  });
  if (!json) say(`preparing ${worktree.id}`);
  while (worktree.status === 'preparing') {
    await sleep(LOOK_EVERY_MS);
    worktree = await client.worktree(worktree.id);
  }
  print(json ? toJson({ success: true, worktree }) : worktreeDetails(worktree));
  if (worktree.status !== 'ready') process.exitCode = 1;
}
