/** What the workflow of a run, its host and its readers exchange. No zod here: workflows import this file. */
import type { AnswerStep } from './approval-state.ts';
import type { FailureType } from '../shared/failures.ts';
import type { DiffStat, Spent } from './job-progress.ts';
import type { Base } from './job-spec.ts';
import type { SeatStep } from './seat.ts';
import type { SessionEvent } from './stream-events.ts';
import type { ProfileFacts } from './steps.ts';
import type { Note, RunBrief, RunMessage, SessionSpec } from './session-state.ts';

/** `queued`, `cancelling` and the ends as of a job; `interrupted`: stopped by a message that was to go first. */
export const RUN_STATUSES = [
  'queued',
  'running',
  'waiting_approval',
  'waiting_child',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'expired',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Signal by which the answer of a run ends now, so that another message can go first. */
export const INTERRUPT_RUN = 'interrupt';

/** Signal by which a session tells a run that gave its seat back that there is a decision for its agent. */
export const WAKE_RUN = 'wake';

/** First argument of the run workflow. */
export interface RunInput {
  session_id: string;
  brief: RunBrief;
  message: RunMessage;
  notes: readonly Note[];
  spec: SessionSpec;
  owner: string;
  seat_timeout_s: number;
  ttl_s: number;
  indexed: boolean;
  place: RunPlace;
  /** The last words of the agent before it; cut at 8 KiB. */
  last_output: string;
  /** Why it may not begin; it fails at once. */
  refused?: { code: FailureType; message: string };
}

/** What earlier runs of the session have made. */
export interface RunPlace {
  /** Data directory with the files; null before the first run. */
  disk: string | null;
  /** Whether the folder, or the checkout, and the profile are there. */
  prepared: boolean;
  base: Base | null;
  branch: string | null;
  agent_session: string | null;
  generation: number;
  /** What the profile says; null before the first run. */
  profile: ProfileFacts | null;
  /** The last shas that were recorded for delivery. */
  recorded: readonly string[];
  /** Sequence number of the last event that a run's host has reported. */
  seq: number;
}

/** The static part of a run's memo. */
export interface RunMemo {
  session_id: string;
  owner: string;
  brief: RunBrief;
  agent: string | null;
  profile: string;
}

/** The live part of a run's memo: a run is read from it with all workers dead. */
export interface RunProgress {
  status: RunStatus;
  attempt: number;
  /** The process that works on it, its machine, and the identity of its data directory. */
  host: string | null;
  hostname: string | null;
  disk: string | null;
  started_at: string | null;
  /** Whether the agent's process was there already. */
  warm: boolean;
  /** Whether the agent began anew, without what was said before. */
  restarted: boolean;
  spent: Spent;
  num_turns: number | null;
  waiting_until: string | null;
  warnings: readonly string[];
  /** Of a run that delivers. */
  delivered: DeliveredWork | null;
  error: { code: FailureType; message: string } | null;
}

/** Where the work of a session is; `sha` is null where nothing has changed. */
export interface DeliveredWork {
  branch: string | null;
  sha: string | null;
  pr_url: string | null;
  diff: DiffStat | null;
}

/** What a run leaves to its session, however it ended. */
export interface RunLeft {
  run_id: string;
  status: RunStatus;
  place: RunPlace;
  hostname: string | null;
  worktree_path: string | null;
  spent: Spent;
  num_turns: number;
  /** The agent's last words, or why it failed; cut at 8 KiB. */
  text: string;
  warnings: readonly string[];
  delivered: DeliveredWork | null;
}

/** Result of the run workflow. */
export interface RunOutcome {
  output: string;
  left: RunLeft;
}

/** Input of the step that has the agent answer. `job_id` is the session's id. */
export interface TurnStep extends SeatStep {
  run_id: string;
  /** Number of the run. */
  number: number;
  message: RunMessage;
  notes: readonly Note[];
  spec: SessionSpec;
  agent_session: string | null;
  generation: number;
  attempt: number;
  /** Null: what the profile says. */
  timeout_s: number | null;
  /** Absent where steps of their own make the session's place. */
  place?: TurnPlace;
}

/** The place of a session without a repository: the host makes it in the turn where it is not there. */
interface TurnPlace {
  /** Data directory that has it; null where none does. */
  disk: string | null;
}

/**
 * What the step answers; `interrupted`: what was said stays in the agent's session; `waiting`: it waits for decisions
 * and nothing else, so its agent was ended, and asks again where the turn goes on.
 */
export interface TurnAnswer {
  status: 'succeeded' | 'interrupted' | 'waiting';
  output: string;
  agent_session: string;
  /** Raised where the agent began anew. */
  generation: number;
  /** What all turns under this seat have cost. */
  spent: Spent;
  num_turns: number;
  warm: boolean;
  restarted: boolean;
  warnings: string[];
  /** What was made of the session's place in this turn. */
  made?: { profile: ProfileFacts; worktree_path: string };
}

/** The last step of a run on its host: keeps the transcript and gives the seat back. The agent may stay, warm. */
export interface LeaveSessionStep extends SeatStep {
  run_id: string;
  /** The agent and all else that runs for the session ends. */
  cold: boolean;
}

/** Step by which an event is written that comes from no agent. `disk` must have the stream. */
export interface NoteEventStep {
  session_id: string;
  /** The run that the events belong to. */
  number: number;
  events: readonly SessionEvent[];
}

/** Step by which a session that is closed leaves its disk; what the remote does not have stays there. */
export interface CloseSessionStep {
  session_id: string;
  repo_url?: string;
}

/** What stays of a closed session, as a sentence for people; null where nothing does. */
export interface SessionRemains {
  kept: string | null;
}

/** What a host does for sessions; the rest of its steps are those of jobs. */
export interface SessionSteps {
  runTurn(step: TurnStep): Promise<TurnAnswer>;
  /** Ends the agent of the session, and all that runs for it; the seat stays. */
  endAgent(step: SeatStep): Promise<void>;
  leaveSession(step: LeaveSessionStep): Promise<void>;
  answerApproval(step: AnswerStep): Promise<void>;
  noteEvents(step: NoteEventStep): Promise<void>;
  closeSession(step: CloseSessionStep): Promise<SessionRemains>;
}
