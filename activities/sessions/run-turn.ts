import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import type { UserMessage } from '../../runners/agent.ts';
import { exists } from '../../processes/path-exists.ts';
import { StandingAgent } from '../../runners/standing-agent.ts';
import { prepareAgent } from '../agent-invocation.ts';
import type { Deps } from '../deps.ts';
import { failureOf, followAgent } from '../follow-agent.ts';
import { jobPaths } from '../paths.ts';
import { confinementOf } from '../sandbox-rules.ts';
import type { HeldSeat } from '../seats.ts';
import type { Step } from '../step.ts';
import { readStoredProfile, type StoredProfile } from '../stored-profile.ts';
import { beginAnew, beginTurn, following, type TurnBeginning } from './begin-turn.ts';
import { knownTurns, shareSession, type KnownTurns } from './shared-session.ts';
import { Held, TurnApprovals } from './turn-approvals.ts';
import { turnMessage } from './turn-message.ts';
import { writeTurn, type TurnRecord } from './turn-record.ts';

/** A turn under way. */
interface Turn {
  deps: Deps;
  step: TurnStep;
  seat: HeldSeat;
  profile: StoredProfile;
  message: UserMessage;
}

/** What answers in a turn. */
interface Answering {
  agent: StandingAgent;
  record: TurnRecord;
  warm: boolean;
  warnings: string[];
}

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
  const turn: Turn = { deps, step, seat, profile, message: await turnMessage(deps, step) };
  const known = await knownTurns(deps, step.job_id);
  const warm = await answerWarm(turn, known);
  if (warm !== undefined) return warm;
  const beginning = await beginTurn(deps, deps.agents[profile.agent].sessions, step, known);
  try {
    return await answerCold(turn, beginning);
  } catch (error) {
    if (!beginning.resume || !isLost(error)) throw error;
    const { sessions } = deps.agents[profile.agent];
    await sessions.discard(jobPaths(deps.settings, step).config, beginning.turn.agent_session);
    return answerCold(turn, beginAnew(step, 'the session of the agent cannot be resumed'));
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
async function answerWarm(turn: Turn, { here, newer }: KnownTurns): Promise<TurnAnswer | undefined> {
  const { deps, step } = turn;
  if (newer !== undefined || here?.agent_session !== step.agent_session) return undefined;
  const agent = await deps.warm.take(step.job_id, await stateOf(turn, here));
  if (agent === undefined) return undefined;
  const record = following(here, step);
  try {
    return await answer(turn, { agent, record, warm: true, warnings: [] });
  } catch (error) {
    if (error instanceof Failure && error.type === 'agent_stopped') return undefined;
    throw error;
  }
}

async function answerCold(turn: Turn, { turn: record, resume, lost }: TurnBeginning): Promise<TurnAnswer> {
  const { deps, step, profile } = turn;
  if (lost !== undefined) await deps.writers.of(step.job_id).write([{ type: 'restarted', reason: lost }]);
  const place = { job_id: step.job_id, repo_url: step.spec.repo_url };
  const { agent, run, warnings } = await prepareAgent(deps, place, profile, {
    ...{ sessionId: record.agent_session, resume, readOnly: false },
    approvals: step.spec.approvals,
  });
  const { directories } = confinementOf(deps.settings, place, place.repo_url);
  const started = await StandingAgent.open(agent, run, directories);
  return answer(turn, { agent: started, record, warm: false, warnings });
}

/** One answer, event by event. The agent is kept for the next one, or ends. */
async function answer(turn: Turn, { agent, record, warm, warnings }: Answering): Promise<TurnAnswer> {
  const { deps, step, seat, message } = turn;
  const interrupted = Context.current().cancellationSignal;
  const heard = { text: '' };
  let result: RunResult | Waiting;
  try {
    await writeTurn(deps.settings, step.job_id, record);
    const said = agent.answer(message, { stopped: seat.stopped, interrupted });
    const approvals = new TurnApprovals(deps, step, agent.conversation, record);
    const events = listening(approvals.through(said), heard);
    result = await followAgent(deps, seat, { stream: step.job_id, attempt: step.attempt, message, warnings, events });
  } catch (error) {
    const isHeld = error instanceof Held;
    await (isHeld ? agent.kill() : agent.close());
    const { session: session_id } = agent.conversation;
    if (isHeld) result = { status: 'waiting', session_id };
    // It did not obey, and was ended.
    else if (interrupted.aborted && !seat.stopped.aborted) result = { status: 'interrupted', session_id, ...NOTHING };
    else throw error;
  }
  if (result.status === 'failed') {
    await agent.close();
    throw failureOf(result);
  }
  await shareSession(deps, step, record);
  if (result.status !== 'waiting') await deps.warm.keep(step.job_id, await stateOf(turn, record), agent);
  return {
    status: result.status,
    output: result.status === 'succeeded' ? result.text : heard.text,
    agent_session: result.session_id,
    generation: record.generation,
    spent: seat.spent,
    num_turns: result.status === 'succeeded' ? result.num_turns : 0,
    warm,
    restarted: record.generation > step.generation,
    warnings,
  };
}

/** The agent was ended, which waits for decisions of people. */
interface Waiting {
  status: 'waiting';
  session_id: string;
}

const NOTHING = {
  usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 },
  cost_usd: 0,
};

/** Notes what the agent has said last, for an answer that is interrupted. */
async function* listening(events: AsyncIterable<AgentEvent>, heard: { text: string }): AsyncGenerator<AgentEvent> {
  let isWhole = true;
  for await (const event of events) {
    if (event.type === 'text_delta') heard.text = isWhole ? event.text : heard.text + event.text;
    if (event.type === 'text') heard.text = event.text;
    if (event.type === 'text' || event.type === 'text_delta') isWhole = event.type === 'text';
    yield event;
  }
}

/** What an agent that is kept has seen, and how it was started: one that fits knows all that was said. */
async function stateOf({ deps, step }: Turn, record: TurnRecord): Promise<string> {
  const profile = await readFile(jobPaths(deps.settings, step).profile);
  const digest = createHash('sha256').update(profile).digest('hex');
  return JSON.stringify([record, step.spec.approvals, digest]);
}
