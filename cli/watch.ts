import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { JobRecord } from '../contract/http/job-record.ts';
import type { Client } from './client.ts';
import { CliError } from './errors.ts';
import { followEvents, untilEnded } from './follow.ts';
import { oneLine } from './output/sanitize.ts';
import { say } from './output/streams.ts';
import { createReconnect } from './reconnect.ts';

interface Watch {
  client: Client;
  id: string;
  signal: AbortSignal;
  show: (logged: LoggedEvent) => void;
}

/** Shows the job's events; returns its record when it has ended, undefined when `signal` aborts. */
export async function watch({ client, id, signal, show }: Watch): Promise<JobRecord | undefined> {
  const following = { client, id, signal, reconnect: createReconnect({ url: client.url, tell: say }) };
  try {
    for await (const logged of followEvents(following, 0)) show(logged);
  } catch (error) {
    // Only the events cannot be read here; the job runs.
    if (!(error instanceof CliError) || error.code !== 'events_on_other_host') throw error;
    say(`${oneLine(error.message)}. Waiting for the job to end.`);
  }
  return untilEnded(following);
}
