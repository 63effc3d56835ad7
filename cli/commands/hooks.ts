import { Option, type Command } from 'commander';
import type { SyncTarget } from '../../config/synced.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { onMachine } from '../command.ts';

const TARGETS = ['all', 'agentihooks', 'bundle', 'agentihub', 'package'] as const;

/** `agenticore hooks`: profiles and packages that come from repositories. */
export function registerHooks(program: Command): void {
  const hooks = program.command('hooks').description('Profiles and agent packages that come from repositories');
  const command = hooks
    .command('sync')
    .description('Fetch them into the data directory of this machine')
    .addOption(new Option('--target <target>', 'what to fetch').choices(TARGETS).default('all'))
    .option('--url <url>', 'repository in place of AGENTICORE_AGENTIHOOKS_URL');
  onMachine<{ target: (typeof TARGETS)[number]; url?: string }>(command, sync);
}

interface SyncCall {
  json: boolean;
  options: { target: (typeof TARGETS)[number]; url?: string };
}

async function sync({ json, options: { target, url } }: SyncCall): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { SYNC_TARGETS } = await import('../../config/synced.ts');
  const { Content } = await import('../../workers/content.ts');
  const { createLogger } = await import('../../workers/logger.ts');
  const named = url === undefined ? {} : { AGENTICORE_AGENTIHOOKS_URL: url };
  const config = loadConfig({ ...process.env, ...named });
  const targets = SYNC_TARGETS.filter((each): each is SyncTarget => target === 'all' || each === target);
  const { problems, ...outcomes } = await new Content(config, createLogger({ logLevel: 'error' })).sync(targets);
  if (problems.length > 0) process.exitCode = 1;
  if (json) return print(toJson({ success: problems.length === 0, ...outcomes, problems }));
  for (const each of targets) print(`${each}: ${outcomes[each] ?? 'skipped'}`);
  for (const problem of problems) say(oneLine(problem));
}
