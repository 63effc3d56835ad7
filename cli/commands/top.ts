import type { Command } from 'commander';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';
import { toJson } from '../output/sanitize.ts';
import { print } from '../output/streams.ts';
import { terminalWidth } from '../output/width.ts';

/** `agenticore top`: what runs and waits, live in a terminal, else once. */
export function registerTop(program: Command): void {
  const command = program
    .command('top')
    .description('Watch seats, jobs, sessions and approvals, and act on them; without a terminal, print them once')
    .option('-n, --limit <number>', 'show at most this many jobs, and sessions', wholeNumber(1), 100);
  onServer(command, top);
}

async function top({ client, json, options: { limit } }: CommandCall<{ limit: number }>): Promise<void> {
  const overview = await client.overview(limit);
  if (json) return print(toJson(overview));
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const { snapshot } = await import('../top/frame.ts');
    const look = {
      overview,
      url: client.url,
      filter: '',
      selected: undefined,
      footer: '',
      trouble: '',
      now: Date.now(),
    };
    return print(snapshot(look, terminalWidth()).join('\n'));
  }
  const { TopView } = await import('../top/top-view.ts');
  await new TopView(client, limit, overview).run();
}
