import type { Command } from 'commander';
import { oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/colors.ts';
import { print } from '../output/streams.ts';
import { formatTable } from '../output/table.ts';
import { terminalWidth } from '../output/width.ts';
import { durationWords } from '../output/format.ts';
import { onServer, type Verb } from '../command.ts';
import { registerCheck } from './profiles-check.ts';
import { registerShow } from './profiles-show.ts';

/** `agenticore profiles`: what --profile may name. */
export function registerProfiles(program: Command): void {
  const command = program.command('profiles').description('List the profiles that a job may have');
  onServer(command, list);
  registerShow(command);
  registerCheck(command);
}

async function list({ client, json }: Verb): Promise<void> {
  const reply = await client.profiles();
  if (json) return print(toJson(reply));
  const rows = reply.profiles.map((profile) => [
    oneLine(profile.name),
    oneLine(profile.model ?? '-'),
    String(profile.max_turns ?? '-'),
    durationWords(profile.timeout * 1_000),
    oneLine(profile.permission_mode ?? '-'),
    profile.auto_pr ? 'yes' : 'no',
    oneLine(profile.description),
  ]);
  const [header = '', ...lines] = formatTable(
    [['NAME', 'MODEL', 'TURNS', 'TIMEOUT', 'PERMISSIONS', 'PR', 'DESCRIPTION'], ...rows],
    terminalWidth(),
  );
  print([colors.dim(header), ...lines].join('\n'));
}
