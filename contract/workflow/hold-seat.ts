/** What a host is asked that is to hold a seat. No zod here: workflows import this file. */
import type { TurnStep } from './run-state.ts';

export interface HoldSeatStep {
  job_id: string;
  owner: string;
  asking: number;
  /** Last sequence number of the job's events that a lost host reported; 0 at first. */
  seen_seq: number;
  /** Number of the run of a session: which answer in its stream the events belong to. */
  run?: number;
  /** The turn for which the seat is: a host that can begins with it at once, before its step comes. */
  ahead?: TurnAhead;
}

/** A turn before there is a seat. */
export interface TurnAhead {
  turn: Omit<TurnStep, 'token' | 'attempt'>;
  /** Data directory without which the turn cannot begin; null where any will do. */
  disk: string | null;
}
