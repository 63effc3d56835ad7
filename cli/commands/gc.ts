import type { Command } from 'commander';
import type { GcResult } from '../../housekeeping/run.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/colors.ts';
import { print, say } from '../output/streams.ts';
import { formatTable } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { bytesWords, count, durationWords } from '../output/format.ts';
import { onMachine } from '../command.ts';

interface GcOptions {
  dryRun?: boolean;
}

/** `agenticore gc`: removes from this machine's disk what no job needs any more. */
export function registerGc(program: Command): void {
  const command = program
    .command('gc')
    .description('Remove from this disk what no job needs any more, as every worker does each hour; needs Temporal')
    .option('-n, --dry-run', 'only show what would be removed');
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
  if (gone.length > 0) printTable(gone);
  for (const { path, error = '' } of failed) say(`error: ${oneLine(path)} could not be removed: ${oneLine(error)}`);
  say(`${dryRun ? 'Would remove' : 'Removed'} ${count(gone.length, 'item')}, ${bytesWords(bytes)}.`);
}

function printTable(items: readonly GcResult[]): void {
  const rows = items.map(({ kind, age_s, bytes, reason, path }) => [
    kind,
    durationWords(age_s * 1_000),
    bytesWords(bytes),
    reason,
    oneLine(path),
  ]);
  const [header = '', ...lines] = formatTable([['KIND', 'AGE', 'SIZE', 'REASON', 'PATH'], ...rows], terminalWidth());
  print([colors.dim(header), ...lines].join('\n'));
}
