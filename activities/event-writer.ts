import type { StreamEvent } from '../contract/shared/events.ts';
import type { Deps } from './deps.ts';
import type { HeldSeat } from './seats.ts';

/** Appends to the job's event stream. A log that cannot be written costs the events, never the job. */
export async function emit(
  { events, log }: Pick<Deps, 'events' | 'log'>,
  seat: HeldSeat,
  batch: StreamEvent[],
): Promise<void> {
  try {
    seat.seq = await events.append(seat.jobId, batch, { first_seq: seat.seq + 1 });
  } catch (error) {
    log.warn(
      { job: seat.jobId, error, events: batch.length },
      'could not write events to the event log; they are lost',
    );
  }
}
