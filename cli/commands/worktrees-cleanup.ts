import type { Command } from 'commander';
import { usageError } from '../errors.ts';
import { findWorktreeId } from '../job-id.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { count } from '../output/format.ts';
import { onServer, wholeNumber, type Verb } from '../command.ts';

interface CleanupOptions {
  maxAgeHours?: number;
  path?: string[];
  force?: boolean;
}

/** `agenticore worktrees cleanup`: removes worktrees; exits 1 where one was kept. */
export function registerCleanup(worktrees: Command): void {
  const command = worktrees
    .command('cleanup')
    .description('Remove worktrees, but those that a job works in or that hold undelivered work')
    .argument('[ids...]', 'their ids, or the beginnings of them')
    .option('--path <path...>', 'those at these paths of their hosts')
    .option('--max-age-hours <hours>', 'those that are at least so old', wholeNumber(0))
    .option('--force', 'also those that hold undelivered work, which is lost');
  onServer(command, cleanUp);
}

async function cleanUp({ client, json, args, options }: Verb<CleanupOptions>): Promise<void> {
  const { maxAgeHours, path: paths = [], force = false } = options;
  if (args.length + paths.length === 0 && maxAgeHours === undefined)
    throw usageError(
      'Say which worktrees: by id, by --path or by --max-age-hours.',
      'See them with: agenticore worktrees',
    );
  const ids: string[] = [];
  for (const given of args) ids.push(await findWorktreeId(client, given));
  const reply = await client.cleanUpWorktrees({
    force,
    ...(ids.length === 0 ? {} : { worktree_ids: ids }),
    ...(paths.length === 0 ? {} : { paths }),
    ...(maxAgeHours === undefined ? {} : { max_age_hours: maxAgeHours }),
  });
  if (reply.kept > 0) process.exitCode = 1;
  if (json) return print(toJson(reply));
  for (const { id, path, removed, code, error } of reply.worktrees)
    print(oneLine(`${id ?? path ?? ''} ${removed ? 'removed' : `kept: ${code ?? ''}: ${error ?? ''}`}`));
  say(`${count(reply.removed, 'worktree')} removed, ${reply.kept} kept.`);
}
