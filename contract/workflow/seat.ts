/** How the workflow and a host agree who holds the seat. No zod here: workflows import this file. */

/** Signal payload of `seatTaken`. */
export interface SeatTaken {
  /** Which asking this answers: the workflow's running number. */
  asking: number;
  host: string;
  hostname: string;
  token: string;
  /** When the host took the job, by its clock (ISO 8601): taken in order, whenever the signals arrive. */
  at: string;
  /** Identity of the data directory, by which a reader knows whether its own disk has the event log. */
  disk: string;
}

export interface HoldSeatStep {
  job_id: string;
  asking: number;
  /** Last sequence number of the job's events that a lost host reported; 0 at first. */
  seen_seq: number;
}

/** Where a job works. */
export interface WorkPlace {
  job_id: string;
  /** Whose checkout it works in; its own when absent. */
  worktree_id?: string;
}

/** What every step on a host carries; a process that does not hold `token` fails the step with `seat_lost`. */
export interface SeatStep extends WorkPlace {
  token: string;
}
