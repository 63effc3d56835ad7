import { defined } from '../../contract/shared/defined.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { forkSession } from './fork-session.ts';
import { fetchSession, type KnownTurns } from './shared-session.ts';
import { newSession, type TurnRecord } from './turn-record.ts';

/** How the agent of a session is started for a turn. */
export interface TurnBeginning {
  turn: TurnRecord;
  /** Whether its session is here, and goes on. */
  resume: boolean;
  /** Why it begins anew, where it does. */
  lost?: string;
}

/**
 * With the session of the agent that the workflow knows, or that an earlier attempt of the turn began: what this disk
 * has of it, or another host has kept; else anew.
 */
export async function beginTurn(
  deps: Deps,
  sessions: SessionStore,
  step: TurnStep,
  { here, newer }: KnownTurns,
): Promise<TurnBeginning> {
  const { agent_session, generation, number: run, token } = step;
  const { config } = jobPaths(deps.settings, step);
  const has = async (session: string): Promise<boolean> => (await sessions.find(config, session)) !== undefined;
  // What an attempt, or a run, began that failed counts, though no answer has told the workflow of it.
  const isMeant = (turn: TurnRecord): boolean =>
    turn.agent_session === agent_session ||
    turn.run === run ||
    (agent_session === null && turn.generation >= generation);
  const goOn = (turn: TurnRecord): TurnBeginning => ({ turn: following(turn, step), resume: true });
  if (newer !== undefined && isMeant(newer) && (await fetchSession(deps, sessions, step, newer))) return goOn(newer);
  if (here !== undefined && isMeant(here) && (await has(here.agent_session))) return goOn(here);
  if (agent_session === null) return beginFirst(deps, sessions, step);
  if (await has(agent_session)) return { turn: { agent_session, generation, run, token, done: {} }, resume: true };
  return beginAnew(step, 'this host does not have the session of the agent');
}

/** A new session of the agent, which begins with the conversation of another one where ours is a fork. */
async function beginFirst(deps: Deps, sessions: SessionStore, step: TurnStep): Promise<TurnBeginning> {
  const turn = newSession(step, step.generation);
  const conversation = step.spec.fork?.conversation;
  if (conversation == null) return { turn, resume: false };
  if (await forkSession(deps, sessions, step, { from: conversation, to: turn.agent_session }))
    return { turn, resume: true };
  return beginAnew(step, `this host does not have the conversation of session ${conversation.session_id}`);
}

/** The record of a turn that goes on after `before`, or of the same one again. */
export const following = ({ waiting, ...before }: TurnRecord, { number: run, token }: TurnStep): TurnRecord => ({
  ...before,
  run,
  token,
  ...(before.run === run ? defined({ waiting }) : { done: {} }),
});

/** A new session of the agent, which does not know what was said before. */
export const beginAnew = (step: TurnStep, lost: string): TurnBeginning => ({
  turn: newSession(step, step.generation + 1),
  resume: false,
  lost,
});
