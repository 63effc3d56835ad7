import type { Command } from 'commander';
import { toJson } from '../output/sanitize.ts';
import { print } from '../output/streams.ts';
import { addCommonOptions } from '../command.ts';
import { readVersion } from '../version.ts';

/** `agenticore version`: the version of this program; `status` tells the server's. */
export function registerVersion(program: Command): void {
  const command = program
    .command('version')
    .description('Print the version of this program; `status` prints that of the server');
  addCommonOptions(command);
  command.action(() => {
    const version = readVersion();
    print(command.optsWithGlobals<{ json?: boolean }>().json ? toJson({ version }) : version);
  });
}
