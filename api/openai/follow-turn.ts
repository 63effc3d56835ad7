import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRecord } from '../../contract/http/run.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { eventsToEnd } from '../events/stream.ts';
import type { ApiDeps } from '../http/deps.ts';
import { AWAITING, endOf, FINISHED, type TurnEnd } from './render/ending.ts';
import type { Piece } from './render/pieces.ts';
import type { TurnReading } from './render/reading.ts';
import type { BegunTurn } from './turn.ts';

/** Silence after which an agent that waits for decisions alone is left to wait (milliseconds). */
const AWAITED_MS = 1_000;

export type TurnDeps = Pick<ApiDeps, 'events' | 'sessions'>;

interface Followed {
  begun: BegunTurn;
  owner: string;
  reading: TurnReading;
  /** Aborts when the reader has gone. */
  gone: AbortSignal;
}

/**
 * Reads the events of a run as they come, and tells what its reader is shown of each, until the run is over: its agent
 * has finished, or all tries have failed. Also over when the agent waits for decisions and for nothing else: what comes
 * after them is another turn of the chat.
 */
export async function followTurn(
  { events, sessions }: TurnDeps,
  { begun, owner, reading, gone }: Followed,
  tell: (pieces: Piece[], event: LoggedEvent) => Promise<void> | void,
): Promise<TurnEnd> {
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  gone.addEventListener('abort', leave, { once: true });
  if (gone.aborted) leave();
  let record: RunRecord | undefined;
  const ended = async (signal: AbortSignal): Promise<void> => {
    record = await sessions.runEnded(begun.run_id, owner, signal);
  };
  const { session_id: id, cursor } = begun;
  const stream = eventsToEnd({ events, id, cursor, ended }, stop);
  try {
    for (let next = stream.next(); ;) {
      const come = reading.waits ? await Promise.race([next, sleep(AWAITED_MS, 'silence')]) : await next;
      if (come === 'silence') return AWAITING;
      if (typeof come === 'string' || come.done === true || isLater(come.value, begun)) break;
      next = stream.next();
      if (come.value.run !== begun.number) continue;
      await tell(reading.take(come.value), come.value);
      if (reading.success !== undefined) return FINISHED;
    }
    return gone.aborted ? { kind: 'left' } : endOf(reading, record ?? (await sessions.reader.run(begun.run_id, owner)));
  } finally {
    gone.removeEventListener('abort', leave);
    stop.abort();
  }
}

const isLater = ({ run }: LoggedEvent, { number }: BegunTurn): boolean => run !== null && run > number;
