import type { Command } from 'commander';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable, sayMore, shortId } from '../output/table.ts';
import { formatBytes, formatDuration } from '../output/format.ts';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';
import { registerCleanup } from './worktrees-cleanup.ts';
import { registerPrepare } from './worktrees-prepare.ts';
import { registerWorktreesShow } from './worktrees-show.ts';

const HOUR_MS = 3_600_000;

/** `agenticore worktrees`: a page of the prepared worktrees. */
export function registerWorktrees(program: Command): void {
  const command = program
    .command('worktrees')
    .description('List prepared worktrees; they stay until they are cleaned up')
    .option('-n, --limit <number>', 'show at most this many worktrees', wholeNumber(1), 100)
    .option('--cursor <cursor>', 'show the next page; the previous page prints the cursor');
  onServer(command, list);
  for (const register of [registerPrepare, registerWorktreesShow, registerCleanup]) register(command);
}

async function list({ client, json, options }: CommandCall<{ limit: number; cursor?: string }>): Promise<void> {
  const page = await client.worktrees(options);
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no worktrees. Prepare one: agenticore worktrees prepare --repo URL');
  const rows = page.worktrees.map((each) => [
    shortId(each.id),
    each.status,
    oneLine(each.repo_url),
    oneLine(each.branch ?? '-'),
    formatDuration(each.age_hours * HOUR_MS),
    each.size_bytes === null ? '-' : formatBytes(each.size_bytes),
    each.pushed === null ? '?' : each.pushed ? 'yes' : 'no',
    oneLine(each.path ?? '-'),
  ]);
  printTable(['ID', 'STATUS', 'REPO', 'BRANCH', 'AGE', 'SIZE', 'PUSHED', 'PATH'], rows);
  sayMore(page.next_cursor);
}
