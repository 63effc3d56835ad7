import { withClient, type Namespace } from './temporal.ts';

/** How many seats a job has asked for so far, and how many of them have timed out: its host was lost without a word. */
export async function seatsOf(temporal: Namespace, id: string): Promise<{ asked: number; timedOut: number }> {
  const history = await withClient(temporal, ({ workflow }) => workflow.getHandle(id).fetchHistory());
  const events = history.events ?? [];
  const asked = events
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'holdSeat')
    .map(({ eventId }) => String(eventId));
  const timedOut = events.filter((event) =>
    asked.includes(String(event.activityTaskTimedOutEventAttributes?.scheduledEventId)),
  );
  return { asked: asked.length, timedOut: timedOut.length };
}
