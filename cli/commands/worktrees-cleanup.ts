import type { Command } from 'commander';
import { defined } from '../../contract/shared/defined.ts';
import { usageError } from '../errors.ts';
import { findWorktreeId } from '../job-id.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { count } from '../output/format.ts';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';

interface CleanupOptions {
  maxAgeHours?: number;
  path?: string[];
  force?: boolean;
}

/** `agenticore worktrees cleanup`: removes worktrees; exits 1 where one was kept. */
export function registerCleanup(worktrees: Command): void {
  const command = worktrees
    .command('cleanup')
    .description('Remove worktrees, except those in use and those with undelivered work')
    .argument('[ids...]', 'ids of worktrees, or their first characters')
    .option('--path <path...>', 'worktrees at these paths on their hosts')
    .option('--max-age-hours <hours>', 'worktrees that are at least this old', wholeNumber(0))
    .option('--force', 'also remove worktrees with undelivered work; the work is lost');
  onServer(command, cleanUp);
}

async function cleanUp({ client, json, args, options }: CommandCall<CleanupOptions>): Promise<void> {
  const { maxAgeHours, path: paths, force = false } = options;
  if (args.length === 0 && paths === undefined && maxAgeHours === undefined)
    throw usageError(
      'No worktrees were chosen.',
      'Choose by id, --path or --max-age-hours. List the worktrees: agenticore worktrees',
    );
  const ids: string[] = [];
  for (const given of args) ids.push(await findWorktreeId(client, given));
  const reply = await client.cleanUpWorktrees({
    force,
    ...defined({
      worktree_ids: ids.length === 0 ? undefined : ids,
      paths,
      max_age_hours: maxAgeHours,
    }),
  });
  if (reply.kept > 0) process.exitCode = 1;
  if (json) return print(toJson(reply));
  for (const { id, path, removed, code, error } of reply.worktrees)
    print(oneLine(`${id ?? path ?? ''} ${removed ? 'removed' : `kept: ${code ?? ''}: ${error ?? ''}`}`));
  say(`${count(reply.removed, 'worktree')} removed, ${reply.kept} kept.`);
}
