import { Context } from '@temporalio/activity';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { TurnAhead } from '../../contract/workflow/hold-seat.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import { StandingAgent } from '../../runners/standing-agent.ts';
import { prepareAgent } from '../agent-invocation.ts';
import type { Deps } from '../deps.ts';
import { whileBeating } from '../follow-agent.ts';
import { jobPaths } from '../paths.ts';
import { confinementOf } from '../sandbox-rules.ts';
import type { HeldSeat, TurnUnderWay } from '../seats.ts';
import type { Step } from '../step.ts';
import type { StoredProfile } from '../stored-profile.ts';
import { answerTurn, stateOf, type SessionTurn } from './answer-turn.ts';
import { beginAnew, beginTurn, following, type TurnBeginning } from './begin-turn.ts';
import { saidSoFar } from './said-so-far.ts';
import { sessionPlace } from './session-place.ts';
import { knownTurns, type KnownTurns } from './shared-session.ts';
import { adoptSpare } from './spare-session.ts';
import type { SpareSession } from './spare.ts';
import { newSession } from './turn-record.ts';
import { forgottenTexts } from './forgotten-texts.ts';
import { instructionsOf, turnMessage } from './turn-message.ts';

/**
 * Has the session's agent answer one message and writes what it does to the session's events. The agent that has
 * answered the turn before is asked where it still runs here and has missed nothing; else one is started, with the
 * session that this disk has. Where that is lost, the agent begins anew: it is told what was said, and readers that it
 * does. A cancellation interrupts the answer, and what was said stays in the agent's session; a seat that is lost ends
 * the agent at once. Fails `worktree_not_found` where the session's checkout is not on this disk.
 */
export const runTurn: Step<TurnStep, TurnAnswer> = async (deps, step, seat) => {
  const { cancellationSignal: signal } = Context.current();
  signal.throwIfAborted();
  const turn = seat.takeAhead(step.run_id) ?? underWay(deps, step, seat);
  const interrupt = (): void => turn.interrupt(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await whileBeating(deps, step.job_id, seat, turn.answer);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
};

/** Begins with a turn on a seat that was just taken, where that can be done here. */
export async function goAhead(deps: Deps, { turn, disk }: TurnAhead, seat: HeldSeat): Promise<void> {
  const { host, disk: here } = deps.settings;
  if (disk !== null && disk !== here) return;
  await deps.writers.of(turn.job_id).write([{ type: 'stage', stage: 'running_agent', host }]);
  seat.goAhead(underWay(deps, { ...turn, token: seat.token, attempt: 1 }, seat));
}

function underWay(deps: Deps, step: TurnStep, seat: HeldSeat): TurnUnderWay {
  const interruption = new AbortController();
  const { signal } = interruption;
  const answer = seat.run(signal, (ended) => takeTurn(deps, step, seat, { interrupted: signal, ended }));
  return { run_id: step.run_id, answer, interrupt: (reason) => interruption.abort(reason) };
}

async function takeTurn(
  deps: Deps,
  step: TurnStep,
  seat: HeldSeat,
  { interrupted, ended }: { interrupted: AbortSignal; ended: AbortSignal },
): Promise<TurnAnswer> {
  const spare = await adoptSpare(deps, step);
  const answered = spare && (await answerSpare({ deps, step, seat, interrupted }, spare));
  if (answered !== undefined) return answered;
  const { profile, made } = await sessionPlace(deps, step, seat, ended);
  const timeoutS = step.timeout_s ?? made?.profile.timeout_s ?? deps.settings.agentTimeoutS;
  const message = await turnMessage(deps, step, timeoutS);
  const answer = await answerOnce({ deps, step, seat, message, interrupted }, profile);
  return { ...answer, ...defined({ made }) };
}

async function answerOnce(turn: SessionTurn, profile: StoredProfile): Promise<TurnAnswer> {
  const { deps, step } = turn;
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

/** The answer of an agent that has waited for a session; undefined where it was gone before it said anything. */
async function answerSpare(
  turn: Omit<SessionTurn, 'message'>,
  { agent, id, agentSession, facts, warnings }: SpareSession,
): Promise<TurnAnswer | undefined> {
  const { deps, step } = turn;
  const { marker } = jobPaths(deps.settings, { job_id: id });
  const record = { ...newSession(step, step.generation), agent_session: agentSession, marker };
  try {
    const message = await turnMessage(deps, step, step.timeout_s ?? facts.timeout_s);
    const instructions = await instructionsOf(deps, step);
    if (instructions !== undefined) agent.conversation.instruct(instructions);
    const answer = await answerTurn({ ...turn, message }, { agent, record, warm: false, warnings });
    return { ...answer, made: { profile: facts, worktree_path: jobPaths(deps.settings, step).worktree } };
  } catch (error) {
    await agent.close();
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
  const { sessions } = deps.agents[profile.agent];
  const isAgain = resume && step.attempt > 1;
  const forgotten = isAgain ? await forgottenTexts(deps, sessions, step, record.agent_session) : 0;
  const place = { job_id: step.job_id, repo_url: step.spec.repo_url };
  const { agent, run, warnings } = await prepareAgent(deps, place, profile, {
    ...{ sessionId: record.agent_session, resume, readOnly: false },
    approvals: step.spec.approvals,
    ...defined({ instructions: await instructionsOf(deps, step), modelWaitMs: modelWaitOf(step) }),
  });
  const { directories } = confinementOf(deps.settings, place, place.repo_url);
  const started = await StandingAgent.open(agent, run, directories);
  const before = lost === undefined ? undefined : await saidSoFar(deps, step);
  return answerTurn(turn, { agent: started, record, warm: false, warnings, forgotten, ...defined({ before }) });
}

const modelWaitOf = ({ spec: { model_wait_s } }: TurnStep): number | undefined =>
  model_wait_s === undefined ? undefined : model_wait_s * 1_000;
