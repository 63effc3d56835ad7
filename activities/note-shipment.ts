import { defined } from '../contract/shared/defined.ts';
import type { HoldSeatStep } from '../contract/workflow/hold-seat.ts';
import type { ShipmentFacts } from '../telemetry/shipping/spool.ts';
import type { Deps } from './deps.ts';
import { keepSession, keepTranscript } from './keep-transcript.ts';
import { readTurn } from './sessions/turn-record.ts';

/** What the spool is told when a host begins with a job, or with the run `id` of a session. */
export function begunShipment(
  id: string,
  { job_id: stream, run, asking, ahead }: HoldSeatStep,
  seq: number,
): ShipmentFacts {
  const { package: chat, repo_url = null } = ahead?.turn.spec ?? {};
  const session = ahead === undefined ? undefined : { repo_url, is_chat: chat !== undefined };
  return {
    id,
    stream,
    attempt: asking,
    left: false,
    ...(asking === 1 && { after: seq }),
    ...defined({ run, session }),
  };
}

type KeepDeps = Pick<Deps, 'settings' | 'agents' | 'log'>;

/** Keeps the transcript that a host has left without doing so: its seat was lost, or it was killed. */
export async function keepLeft(deps: KeepDeps, { id, stream, attempt = 1 }: ShipmentFacts): Promise<void> {
  const place = { job_id: stream };
  if (id === stream) await keepTranscript(deps, place, attempt);
  const turn = id === stream ? undefined : await readTurn(deps.settings, stream);
  if (turn !== undefined) await keepSession(deps, place, turn.agent_session);
}
