/** How the workflow and a host agree who holds the seat. No zod here: workflows import this file. */
import type { Spent } from './job-progress.ts';
import { readSpent } from './cost.ts';

/**
 * What a host understands: raised when a workflow asks for a step, or for a field of a step, that hosts of the version
 * before do not know. A workflow refuses a host whose number is less than it needs.
 */
export const HOST_PROTOCOL = 1;

/** Signal payload of `seatTaken`. */
export interface SeatTaken {
  /** The HOST_PROTOCOL of the host. */
  protocol: number;
  /** Which request this answers: the workflow's running number. */
  asking: number;
  host: string;
  hostname: string;
  token: string;
  /** When the host took the job, by its clock (ISO 8601): taken in order, whenever the signals arrive. */
  at: string;
  /** Identity of the data directory, by which a reader knows whether its own disk has the event log. */
  disk: string;
}

/** What a host says of a job that it holds: with each heartbeat of its seat, and when the seat ends. */
export interface SeatReport {
  /** Sequence number of the last event of the job. */
  seq: number;
  /** What all runs of agents under this seat have cost. */
  spent: Spent;
}

/** The agent that answers on a host. */
export interface AgentAtWork {
  /** The process that holds it and all that it starts. */
  pid: number;
  /** Arguments that the profile adds to its command line. */
  args: readonly string[];
}

/** What each heartbeat of a seat has. */
export interface SeatHeartbeat extends SeatReport {
  agent?: AgentAtWork;
}

/** `details` as a host's report; undefined where they are none. */
export function readReport(details: unknown): SeatReport | undefined {
  const { seq, spent } = (details ?? {}) as Partial<Record<keyof SeatReport, unknown>>;
  return typeof seq === 'number' ? { seq, spent: readSpent(spent) } : undefined;
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
