import { Context } from '@temporalio/activity';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import { exists } from '../../processes/path-exists.ts';
import { StandingAgent } from '../../runners/standing-agent.ts';
import { prepareAgent } from '../agent-invocation.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { confinementOf } from '../sandbox-rules.ts';
import type { Step } from '../step.ts';
import { readStoredProfile, type StoredProfile } from '../stored-profile.ts';
import { answerTurn, stateOf, type SessionTurn } from './answer-turn.ts';
import { beginAnew, beginTurn, following, type TurnBeginning } from './begin-turn.ts';
import { knownTurns, type KnownTurns } from './shared-session.ts';
import { instructionsOf, turnMessage } from './turn-message.ts';

/**
 * Has the session's agent answer one message and writes what it does to the session's events. The agent that has
 * answered the turn before is asked where it still runs here and has missed nothing; else one is started, with the
 * session that this disk has. Where that is lost, the agent begins anew and readers are told. A cancellation interrupts
 * the answer, and what was said stays in the agent's session; a seat that is lost ends the agent at once. Fails
 * `worktree_not_found` where the session's place is not on this disk.
 */
export const runTurn: Step<TurnStep, TurnAnswer> = async (deps, step, seat) => {
  Context.current().cancellationSignal.throwIfAborted();
  const profile = await profileOf(deps, step);
  const turn: SessionTurn = { deps, step, seat, message: await turnMessage(deps, step) };
  const known = await knownTurns(deps, step.job_id);
  const warm = await answerWarm(turn, known);
  if (warm !== undefined) return warm;
  const beginning = await beginTurn(deps, deps.agents[profile.agent].sessions, step, known);
  try {
    return await answerCold(turn, profile, beginning);
  } catch (error) {
    if (!beginning.resume || !isLost(error)) throw error;
    const { sessions } = deps.agents[profile.agent];
    await sessions.discard(jobPaths(deps.settings, step).config, beginning.turn.agent_session);
    return answerCold(turn, profile, beginAnew(step, 'the session of the agent cannot be resumed'));
  }
};

/** The profile of the session, whose place must be on this disk. */
async function profileOf({ settings }: Deps, step: TurnStep): Promise<StoredProfile> {
  const { profile, worktree } = jobPaths(settings, step);
  if ((await exists(profile)) && (await exists(worktree))) return readStoredProfile(profile);
  throw new Failure('worktree_not_found', `The files of session ${step.job_id} are not on this disk any more.`);
}

const isLost = (error: unknown): boolean => error instanceof Failure && error.type === 'session_not_found';

/** The answer of the agent that was kept; undefined where there is none, or it was gone before it said anything. */
async function answerWarm(turn: SessionTurn, { here, newer }: KnownTurns): Promise<TurnAnswer | undefined> {
  const { deps, step } = turn;
  if (newer !== undefined || here?.agent_session !== step.agent_session) return undefined;
  const agent = await deps.warm.take(step.job_id, await stateOf(turn, here));
  if (agent === undefined) return undefined;
  const record = following(here, step);
  try {
    return await answerTurn(turn, { agent, record, warm: true, warnings: [] });
  } catch (error) {
    if (error instanceof Failure && error.type === 'agent_stopped') return undefined;
    throw error;
  }
}

/** The answer of an agent that is started for it. */
async function answerCold(
  turn: SessionTurn,
  profile: StoredProfile,
  { turn: record, resume, lost }: TurnBeginning,
): Promise<TurnAnswer> {
  const { deps, step } = turn;
  if (lost !== undefined) await deps.writers.of(step.job_id).write([{ type: 'restarted', reason: lost }]);
  const place = { job_id: step.job_id, repo_url: step.spec.repo_url };
  const { agent, run, warnings } = await prepareAgent(deps, place, profile, {
    ...{ sessionId: record.agent_session, resume, readOnly: false },
    approvals: step.spec.approvals,
    ...defined({ instructions: await instructionsOf(deps, step), modelWaitMs: modelWaitOf(step) }),
  });
  const { directories } = confinementOf(deps.settings, place, place.repo_url);
  const started = await StandingAgent.open(agent, run, directories);
  return answerTurn(turn, { agent: started, record, warm: false, warnings });
}

const modelWaitOf = ({ spec: { model_wait_s } }: TurnStep): number | undefined =>
  model_wait_s === undefined ? undefined : model_wait_s * 1_000;
