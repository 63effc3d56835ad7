import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { newSession, readTurn, type TurnRecord } from './turn-record.ts';

/** How the agent of a session is started for a turn. */
export interface TurnBeginning {
  turn: TurnRecord;
  /** Whether its session is here, and goes on. */
  resume: boolean;
  /** Why it begins anew, where it does. */
  lost?: string;
}

/** With the session that the workflow knows, or that an earlier attempt of the turn began on this disk; else anew. */
export async function beginTurn(
  { settings }: Pick<Deps, 'settings'>,
  sessions: SessionStore,
  step: TurnStep,
): Promise<TurnBeginning> {
  const { job_id, agent_session, generation, number: run, token } = step;
  const { config } = jobPaths(settings, step);
  const has = async (session: string): Promise<boolean> => (await sessions.find(config, session)) !== undefined;
  const earlier = await readTurn(settings, job_id);
  // What an earlier attempt began here counts, though no answer has told the workflow of it.
  if (earlier?.run === run && (await has(earlier.agent_session))) return { turn: { ...earlier, token }, resume: true };
  if (agent_session === null) return { turn: newSession(step, generation), resume: false };
  if (await has(agent_session)) return { turn: { agent_session, generation, run, token, done: {} }, resume: true };
  return beginAnew(step, 'this host does not have the session of the agent');
}

/** A new session of the agent, which does not know what was said before. */
export const beginAnew = (step: TurnStep, lost: string): TurnBeginning => ({
  turn: newSession(step, step.generation + 1),
  resume: false,
  lost,
});
