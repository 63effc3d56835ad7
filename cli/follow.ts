import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { JobRecord } from '../contract/http/job-record.ts';
import type { Client } from './client.ts';
import type { Reconnect } from './reconnect.ts';

/** Pause between two looks at a job or its stream (milliseconds). */
const LOOK_MS = 250;

/** The types of events after which nothing comes. */
const LAST = new Set(['ended', 'session_closed']);

interface Following {
  client: Client;
  id: string;
  reconnect: Reconnect;
  /** Ends it early, without an error. */
  signal: AbortSignal;
}

interface Source {
  /** The events after `cursor`, live; resolves when connected. */
  open: (cursor: number, signal: AbortSignal) => Promise<AsyncIterable<LoggedEvent>>;
  /** Whether a stream that ended has nothing more to come. */
  isOver: () => Promise<boolean>;
  reconnect: Reconnect;
  /** Ends it early, without an error. */
  signal: AbortSignal;
}

/**
 * Every event after `cursor`, once each and in order, until the last one or until `isOver` says so. A connection that
 * breaks is made again, from the last event on.
 */
export async function* followStream(
  { open, isOver, reconnect, signal }: Source,
  cursor: number,
): AsyncGenerator<LoggedEvent> {
  let last = cursor;
  while (!signal.aborted) {
    try {
      const events = await open(last, signal);
      reconnect.answered();
      for await (const logged of events) {
        last = logged.seq;
        yield logged;
        if (LAST.has(logged.event.type)) return;
      }
      if (await isOver()) return;
      await pause(signal);
    } catch (error) {
      if (signal.aborted) return;
      await reconnect.retry(error, signal);
    }
  }
}

/** Every event of the job after `cursor`, as `followStream` gives them. */
export const followEvents = ({ client, id, ...rest }: Following, cursor: number): AsyncGenerator<LoggedEvent> =>
  followStream(
    {
      open: (from, signal) => client.stream(id, from, signal),
      isOver: async () => (await client.job(id)).ended_at !== null,
      ...rest,
    },
    cursor,
  );

/** The same for a session, until it is closed. */
export const followSession = ({ client, id, ...rest }: Following, cursor: number): AsyncGenerator<LoggedEvent> =>
  followStream(
    {
      open: (from, signal) => client.sessions.stream(id, from, signal),
      isOver: async () => (await client.sessions.session(id)).closed_at !== null,
      ...rest,
    },
    cursor,
  );

/** The job's record when it has ended; undefined when `signal` aborts before. */
export async function untilEnded({ client, id, reconnect, signal }: Following): Promise<JobRecord | undefined> {
  while (!signal.aborted) {
    try {
      const job = await client.job(id);
      reconnect.answered();
      if (job.ended_at !== null) return job;
      await pause(signal);
    } catch (error) {
      await reconnect.retry(error, signal);
    }
  }
  return undefined;
}

const pause = (signal: AbortSignal): Promise<void> => sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
