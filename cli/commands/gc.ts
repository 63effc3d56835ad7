import type { Command } from 'commander';
import type { GcResult } from '../../housekeeping/run.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable } from '../output/table.ts';
import { formatBytes, count, formatDuration } from '../output/format.ts';
import { onMachine } from '../command.ts';

interface GcOptions {
  dryRun?: boolean;
}

/** `agenticore gc`: deletes files on this machine's disk that no job needs any more. */
export function registerGc(program: Command): void {
  const command = program
    .command('gc')
    .description('Delete files on this disk that no job needs any more, as each worker does every hour; needs Temporal')
    .option('-n, --dry-run', 'only show what would be deleted');
  onMachine<GcOptions>(command, gc);
}

async function gc({ json, options: { dryRun = false } }: { json: boolean; options: GcOptions }): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { collectOnce } = await import('../../housekeeping/collect.ts');
  const items = await collectOnce(loadConfig(), { dry: dryRun });
  const gone = dryRun ? items : items.filter(({ removed }) => removed);
  const bytes = gone.reduce((sum, item) => sum + item.bytes, 0);
  const failed = items.filter(({ error }) => error !== undefined);
  if (failed.length > 0) process.exitCode = 1;
  if (json) return print(toJson({ success: failed.length === 0, dry_run: dryRun, bytes, items }));
  if (gone.length > 0) printItems(gone);
  for (const { path, error = '' } of failed) say(`error: ${oneLine(path)} could not be deleted: ${oneLine(error)}`);
  say(`${dryRun ? 'Would delete' : 'Deleted'} ${count(gone.length, 'item')}, ${formatBytes(bytes)}.`);
}

function printItems(items: readonly GcResult[]): void {
  const rows = items.map(({ kind, age_s, bytes, reason, path }) => [
    kind,
    formatDuration(age_s * 1_000),
    formatBytes(bytes),
    reason,
    oneLine(path),
  ]);
  printTable(['KIND', 'AGE', 'SIZE', 'REASON', 'PATH'], rows);
}
