import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import type { AgentAtWork, SeatHeartbeat } from '../../contract/workflow/seat.ts';
import { toDate } from './visibility.ts';

/** Silence after which the host of a seat, which tells of it each second, counts as gone (milliseconds). */
const HEARD_MS = 10_000;

/** A seat that a host holds, by what Temporal has heard of it. */
interface HeldSeatFacts {
  /** Whether it was heard just now. */
  isAlive: boolean;
  /** Undefined where none answers. */
  agent: AgentAtWork | undefined;
}

/** The seat of the workflow `id`; undefined where no host holds one. */
export async function heldSeat({ workflow, options }: Client, id: string): Promise<HeldSeatFacts | undefined> {
  const { raw } = await workflow.getHandle(id).describe();
  const seat = raw.pendingActivities?.find(
    ({ activityType, lastStartedTime }) => activityType?.name === 'holdSeat' && lastStartedTime != null,
  );
  if (seat === undefined) return undefined;
  const [details] = await decodeArrayFromPayloads(options.loadedDataConverter, seat.heartbeatDetails?.payloads);
  const heard = toDate(seat.lastHeartbeatTime ?? seat.lastStartedTime)?.getTime() ?? 0;
  return { isAlive: Date.now() - heard < HEARD_MS, agent: (details as SeatHeartbeat | undefined)?.agent };
}
