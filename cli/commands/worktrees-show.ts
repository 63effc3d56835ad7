import type { Command } from 'commander';
import { findWorktreeId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { print } from '../output/streams.ts';
import { worktreeDetails } from '../output/worktree.ts';
import { onServer, type CommandCall } from '../command.ts';

/** `agenticore worktrees show`: all about one worktree. */
export function registerWorktreesShow(worktrees: Command): void {
  const command = worktrees.command('show').description('Show all about a worktree');
  onServer(command.argument('<id>', 'id of the worktree, or its first characters'), show);
}

async function show({ client, json, args }: CommandCall): Promise<void> {
  const worktree = await client.worktree(await findWorktreeId(client, args[0] ?? ''));
  print(json ? toJson({ success: true, worktree }) : worktreeDetails(worktree));
}
