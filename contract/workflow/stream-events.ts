/** What an event stream of a job or session consists of. */
import type { AgentEvent, RunEvent } from '../shared/events.ts';
import type { FailureType } from '../shared/failures.ts';
import type { ApprovalStatus } from './approval-state.ts';
import type { CommandCheck, CheckPhase } from './checks.ts';
import type { JobStatus } from './job-progress.ts';
import type { JobStage } from './job-stages.ts';
import type { StepRetry } from './retries.ts';
import type { ChildRunEnd, MessageFacts } from './session-state.ts';

/** What the job itself does, in the same stream as the agent's events. */
type JobEvent =
  /** `detail`: how far it is, where that takes long. */
  | { type: 'stage'; stage: JobStage; host: string; detail?: string }
  /** The job gave its seat back and goes on at `until` (ISO 8601). */
  | { type: 'waiting'; reason: string; until: string }
  /** A command of the profile runs; then come its output, line by line, and its end. */
  | { type: 'command_started'; phase: CheckPhase; round: number; command: string }
  /** What it wrote, without `truncated_bytes` before it: of a long output the beginning and the end are kept. */
  | { type: 'command_output'; text: string; truncated_bytes: number }
  | ({ type: 'command_ended' } & Pick<CommandCheck, keyof CommandCheck>)
  /** A step of the job failed in passing and is tried again. (Without `stage` it is the agent that asks its model.) */
  | ({ type: 'retrying' } & StepRetry)
  /** The last event of the stream. */
  | { type: 'ended'; status: JobStatus; code?: FailureType; message?: string };

/** What happens in a session besides the answers of its agent. */
export type SessionEvent =
  /** Something was posted that starts no run: the agent is told of it with the next message. */
  | ({ type: 'message' } & Pick<MessageFacts, keyof MessageFacts>)
  /** See ApprovalState. */
  | {
      type: 'approval_decided';
      id: string;
      name: string;
      decision: ApprovalStatus;
      by: string | null;
      via: string | null;
      reason: string | null;
    }
  | { type: 'child_spawned'; session_id: string; run_id: string; task: string }
  | { type: 'child_run_ended'; session_id: string; run_id: string; status: ChildRunEnd['status']; text: string }
  /** A run of a child has said something. */
  | { type: 'escalation'; from_session_id: string; from_run_id: string; request_kind: string; text: string }
  /** The last event of the stream. */
  | { type: 'session_closed' };

/** `gap` says that the events `from`..`to` are not kept here (any more). */
export type StreamEvent = AgentEvent | RunEvent | JobEvent | SessionEvent | { type: 'gap'; from: number; to: number };

/**
 * One line of an event log. `seq` starts at 1, only grows, is never given twice, and is the cursor and the SSE id.
 * A number may be missing where compaction dropped the deltas of a complete block: nothing is lost there. What is lost
 * is told by a `gap` event, whose `seq` is its `to`.
 */
export interface LoggedEvent {
  seq: number;
  /** ISO 8601 time of the append, by the writer's clock. */
  at: string;
  /** Which answer in the stream it belongs to, from 1: a job has one, however often it is tried. Null in a gap. */
  run: number | null;
  event: StreamEvent;
}
