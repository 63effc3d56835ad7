import type { Command } from 'commander';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print } from '../output/streams.ts';
import { printTable } from '../output/table.ts';
import { formatDuration } from '../output/format.ts';
import { onServer, type CommandCall } from '../command.ts';
import { registerCheck } from './profiles-check.ts';
import { registerProfilesShow } from './profiles-show.ts';

/** `agenticore profiles`: the values that --profile accepts. */
export function registerProfiles(program: Command): void {
  const command = program.command('profiles').description('List the profiles that jobs can use');
  onServer(command, list);
  registerProfilesShow(command);
  registerCheck(command);
}

async function list({ client, json }: CommandCall): Promise<void> {
  const reply = await client.profiles();
  if (json) return print(toJson(reply));
  const rows = reply.profiles.map((profile) => [
    oneLine(profile.name),
    oneLine(profile.agent),
    oneLine(profile.model ?? '-'),
    String(profile.max_turns ?? '-'),
    formatDuration(profile.timeout * 1_000),
    oneLine(profile.permission_mode ?? '-'),
    profile.auto_pr ? 'yes' : 'no',
    oneLine(profile.description),
  ]);
  printTable(['NAME', 'AGENT', 'MODEL', 'TURNS', 'TIMEOUT', 'PERMISSIONS', 'PR', 'DESCRIPTION'], rows);
}
