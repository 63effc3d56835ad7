import { runIdOf } from '../../../contract/workflow/names.ts';
import type { SessionFork } from '../../../contract/workflow/session-state.ts';
import type { SessionReader } from '../../sessions/reader.ts';

/** A fork of the owner's session after its first `runs` runs; undefined where it is closed, or has no agent yet. */
export async function forkOf(
  reader: SessionReader,
  { session_id, runs }: { session_id: string; runs: number },
  owner: string,
): Promise<SessionFork | undefined> {
  const session = await reader.find(session_id);
  const known = session?.memo.session;
  if (session?.status !== 'RUNNING' || known === undefined || known.agent_session === null) return undefined;
  const { agent_session, disk, hostname } = known;
  const next = known.runs > runs ? await reader.run(runIdOf(session_id, runs + 1), owner) : undefined;
  return { session_id, agent_session, disk, hostname, runs, before_message: next?.message_id ?? null };
}
