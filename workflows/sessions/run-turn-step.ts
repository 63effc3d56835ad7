/** What a host is asked for a run's agent to answer. */
import type { TurnAhead } from '../../contract/workflow/hold-seat.ts';
import type { RunInput } from '../../contract/workflow/run-state.ts';
import type { RunRecorder } from './run-progress.ts';

/** The turn that a host can begin with as soon as it has the seat; undefined where a checkout is to be made first. */
export function turnAhead(input: RunInput, recorder: RunRecorder): TurnAhead | undefined {
  const { prepared, disk } = recorder.place;
  if (input.spec.repo_url === undefined) return { turn: turnOf(input, recorder), disk: null };
  return prepared && disk !== null ? { turn: turnOf(input, recorder), disk } : undefined;
}

export function turnOf(input: RunInput, { place: known }: RunRecorder): TurnAhead['turn'] {
  const { session_id: job_id, message, notes, spec, brief } = input;
  const { agent_session, generation, profile, prepared, disk } = known;
  return {
    ...{ job_id, run_id: brief.id, number: brief.number, message, notes, spec, agent_session, generation },
    timeout_s: message.timeout_s ?? profile?.timeout_s ?? null,
    ...(spec.repo_url === undefined && { place: { disk: prepared ? disk : null } }),
  };
}
