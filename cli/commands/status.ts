import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { CliError } from '../errors.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print } from '../output/streams.ts';
import { formatFields } from '../output/table.ts';
import { onServer, type CommandCall } from '../command.ts';

/** `agenticore status`: whether the server and the Temporal behind it answer. */
export function registerStatus(program: Command): void {
  onServer(program.command('status').description('Show whether the server and its Temporal answer'), status);
}

async function status({ client, json }: CommandCall): Promise<void> {
  const { version, ui_url, problems } = await client.health();
  const error = await askTemporal(client);
  const { url } = client;
  if (json)
    print(toJson({ success: true, url, version, temporal: error === null ? 'ok' : error.code, ui_url, problems }));
  else
    print(
      formatFields([
        ['server', `${url} answers (agenticore ${oneLine(version)})`],
        ['Temporal', error === null ? 'answers' : `${oneLine(error.message)}. ${oneLine(error.hint ?? '')}`],
        ['Temporal UI', ui_url === null ? null : oneLine(ui_url)],
        ...problems.map(({ message, next_step }): [string, string] => ['problem', oneLine(`${message} ${next_step}`)]),
      ]).join('\n'),
    );
  if (error !== null) process.exitCode = 2;
}

/** Why Temporal does not answer, or null. The API needs it to list jobs. */
async function askTemporal(client: Client): Promise<CliError | null> {
  try {
    await client.jobs({ limit: 1 });
    return null;
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}
