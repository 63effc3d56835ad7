import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { withClient, type Namespace } from './temporal.ts';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Events = NonNullable<History['events']>;

const eventsOf = (temporal: Namespace, id: string): Promise<Events> =>
  withClient(temporal, async ({ workflow }) => (await workflow.getHandle(id).fetchHistory()).events ?? []);

/** The histories of all workflows; payloads are in base64. */
export const allHistories = (temporal: Namespace): Promise<string> =>
  withClient(temporal, async ({ workflow }) => {
    const texts: string[] = [];
    for await (const { workflowId, runId } of workflow.list())
      texts.push(historyToJSON(await workflow.getHandle(workflowId, runId).fetchHistory()));
    return texts.join('\n');
  });

/** How many seats a job has asked for so far, and how many of them have timed out: its host was lost without a word. */
export async function seatsOf(temporal: Namespace, id: string): Promise<{ asked: number; timedOut: number }> {
  const events = await eventsOf(temporal, id);
  const asked = events
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'holdSeat')
    .map(({ eventId }) => String(eventId));
  const timedOut = events.filter((event) =>
    asked.includes(String(event.activityTaskTimedOutEventAttributes?.scheduledEventId)),
  );
  return { asked: asked.length, timedOut: timedOut.length };
}

/** Which processes have decided for a job so far, and which have done its activities. */
export async function identitiesOf(
  temporal: Namespace,
  id: string,
): Promise<{ deciders: string[]; workers: string[] }> {
  const events = await eventsOf(temporal, id);
  const each = (identities: (string | null | undefined)[]): string[] => [
    ...new Set(identities.filter((identity) => identity != null)),
  ];
  return {
    deciders: each(events.map((event) => event.workflowTaskCompletedEventAttributes?.identity)),
    workers: each(events.map((event) => event.activityTaskCompletedEventAttributes?.identity)),
  };
}
