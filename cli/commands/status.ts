import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { CliError } from '../errors.ts';
import { oneLine, toJson } from '../output/clean.ts';
import { print } from '../output/streams.ts';
import { formatFields } from '../output/table.ts';
import { onServer, type Verb } from '../verb.ts';

/** `agenticore status`: whether the server and the Temporal behind it answer. */
export function registerStatus(program: Command): void {
  onServer(program.command('status').description('Show whether the server and its Temporal answer'), status);
}

async function status({ client, json }: Verb): Promise<void> {
  const { version } = await client.health();
  const temporal = await askTemporal(client);
  const { url } = client;
  if (json)
    print(
      toJson({
        success: true,
        url,
        version,
        temporal: temporal.error === null ? 'ok' : temporal.error.code,
        ui_url: temporal.uiUrl,
      }),
    );
  else
    print(
      formatFields([
        ['server', `${url} answers (agenticore ${oneLine(version)})`],
        [
          'Temporal',
          temporal.error === null
            ? 'answers'
            : `${oneLine(temporal.error.message)}. ${oneLine(temporal.error.hint ?? '')}`,
        ],
        ['Temporal UI', temporal.uiUrl === null ? null : oneLine(temporal.uiUrl)],
      ]).join('\n'),
    );
  if (temporal.error !== null) process.exitCode = 2;
}

/** Reading a job takes Temporal, and a job knows its page in the Web UI. */
async function askTemporal(client: Client): Promise<{ error: CliError | null; uiUrl: string | null }> {
  try {
    const { jobs } = await client.jobs({ limit: 1 });
    return { error: null, uiUrl: jobs[0]?.ui_url?.replace(/\/namespaces\/.*$/, '') ?? null };
  } catch (error) {
    if (error instanceof CliError) return { error, uiUrl: null };
    throw error;
  }
}
