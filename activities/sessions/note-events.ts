import type { NoteEventStep } from '../../contract/workflow/run-state.ts';
import type { Task } from '../step.ts';

/** Writes events of a session that come from no agent to its stream, which this disk has. */
export const noteEvents: Task<NoteEventStep, void> = ({ writers }, { session_id, number, events }) =>
  writers.note(session_id, events, number);
