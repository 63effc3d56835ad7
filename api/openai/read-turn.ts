import { eventsAfter } from '../../events/event-log.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { Piece } from './render/pieces.ts';
import type { TurnReading } from './render/reading.ts';
import type { BegunTurn } from './turn.ts';

/** Reads the events of a run that there are by now, and tells what its reader is shown of them. */
export async function readTurnSoFar(
  { events }: Pick<ApiDeps, 'events'>,
  { session_id, number, cursor }: BegunTurn,
  reading: TurnReading,
  tell: (pieces: readonly Piece[]) => void,
): Promise<void> {
  for await (const event of eventsAfter(events, session_id, cursor)) {
    if (event.run !== null && event.run > number) return;
    if (event.run === number) tell(reading.take(event));
  }
}
