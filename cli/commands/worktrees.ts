import type { Command } from 'commander';
import { oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/colors.ts';
import { sayMore } from '../output/more.ts';
import { print, say } from '../output/streams.ts';
import { formatTable } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { durationWords, bytesWords } from '../output/format.ts';
import { onServer, wholeNumber, type Verb } from '../command.ts';
import { registerCleanup } from './worktrees-cleanup.ts';
import { registerPrepare } from './worktrees-prepare.ts';
import { registerShow } from './worktrees-show.ts';

const HOUR_MS = 3_600_000;

/** `agenticore worktrees`: a page of the prepared worktrees that are there. */
export function registerWorktrees(program: Command): void {
  const command = program
    .command('worktrees')
    .description('List the prepared worktrees, which stay until they are cleaned up')
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), 100)
    .option('--cursor <cursor>', 'the page after; the page before says what to give');
  onServer(command, list);
  for (const register of [registerPrepare, registerShow, registerCleanup]) register(command);
}

async function list({ client, json, options }: Verb<{ limit: number; cursor?: string }>): Promise<void> {
  const page = await client.worktrees(options);
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no worktrees. Prepare one: agenticore worktrees prepare --repo URL');
  const width = terminalWidth();
  const rows = page.worktrees.map((each) => [
    // Ids are cut for people; a program gets them whole.
    width === Infinity ? each.id : each.id.slice(0, 8),
    each.status,
    oneLine(each.repo_url),
    oneLine(each.branch ?? '-'),
    durationWords(each.age_hours * HOUR_MS),
    each.size_bytes === null ? '-' : bytesWords(each.size_bytes),
    each.pushed === null ? '?' : each.pushed ? 'yes' : 'no',
    oneLine(each.path ?? '-'),
  ]);
  const [header = '', ...lines] = formatTable(
    [['ID', 'STATUS', 'REPO', 'BRANCH', 'AGE', 'SIZE', 'PUSHED', 'PATH'], ...rows],
    width,
  );
  print([colors.dim(header), ...lines].join('\n'));
  sayMore(page.next_cursor);
}
