import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { defined } from '../../contract/shared/defined.ts';
import type { AgentEvent, RunFailure, RunResult } from '../../contract/shared/events.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import type { UserMessage } from '../../runners/agent.ts';
import { NO_USAGE } from '../../runners/results.ts';
import type { StandingAgent } from '../../runners/standing-agent.ts';
import type { Deps } from '../deps.ts';
import { failureOf, followAgent } from '../follow-agent.ts';
import { jobPaths } from '../paths.ts';
import type { HeldSeat } from '../seats.ts';
import { shareMeanwhile, shareSession } from './shared-session.ts';
import { tellTurn } from '../tell-turn.ts';
import { Held, TurnApprovals } from './turn-approvals.ts';
import { writeTurn, type TurnRecord } from './turn-record.ts';

/** A turn under way. */
export interface SessionTurn {
  deps: Deps;
  step: TurnStep;
  seat: HeldSeat;
  message: UserMessage;
  /** Aborts where the answer is to end, and what was said counts. */
  interrupted: AbortSignal;
}

/** What answers in a turn. */
interface Answering {
  agent: StandingAgent;
  record: TurnRecord;
  warm: boolean;
  warnings: string[];
  /** What the agent is told before the message: what was said to one before it. */
  before?: string;
  /** How many texts of the attempts before it does not remember. */
  forgotten?: number;
}

/** One answer, event by event. The agent is kept for the next one, or ends. */
export async function answerTurn(turn: SessionTurn, answering: Answering): Promise<TurnAnswer> {
  const { agent, record, warm, warnings } = answering;
  const { deps, step } = turn;
  const heard = { text: '' };
  const stopSharing = shareMeanwhile(deps, step, record);
  const result = await endOf(turn, answering, heard).finally(stopSharing);
  if (result.status === 'failed') {
    await agent.close();
    throw failureOf(step.spec.model_wait_s === undefined ? result : givenUp(result));
  }
  await shareSession(deps, step, record);
  if (result.status !== 'waiting') await deps.warm.keep(step.job_id, await stateOf(turn, record), agent);
  return {
    status: result.status,
    output: result.status === 'succeeded' ? result.text : heard.text,
    agent_session: result.session_id,
    generation: record.generation,
    spent: deps.writers.of(step.job_id).spent,
    num_turns: result.status === 'succeeded' ? result.num_turns : 0,
    warm,
    restarted: record.generation > step.generation,
    warnings,
  };
}

/** A model that is not waited for any more. */
const givenUp = (failed: RunFailure): RunFailure =>
  failed.code === 'model_unavailable' ? { ...failed, code: 'model_overloaded' } : failed;

/** How the answer ended; an agent that has not obeyed, or is to wait without its process, has ended with it. */
async function endOf(
  { deps, step, seat, message, interrupted }: SessionTurn,
  { agent, record, warnings, before, forgotten }: Answering,
  heard: { text: string },
): Promise<RunResult | Waiting> {
  try {
    await writeTurn(deps.settings, step.job_id, record);
    seat.agent = agent.atWork;
    tellTurn(deps, agent.telemetry, { owner: seat.owner, ...step.spec }, { session: step.job_id, run: step.run_id });
    const { waiting } = record;
    const text = [...(before === undefined ? [] : [before]), message.text].join('\n\n');
    const said = agent.answer({ ...message, text, ...defined({ waiting }) }, { stopped: seat.stopped, interrupted });
    const approvals = new TurnApprovals(deps, step, agent.conversation, record);
    const events = listening(approvals.through(said), heard);
    const { job_id: stream, attempt } = step;
    return await followAgent(deps, seat, { stream, attempt, message, forgotten, warnings, events });
  } catch (error) {
    const isHeld = error instanceof Held;
    await (isHeld ? agent.kill() : agent.close());
    const { session: session_id } = agent.conversation;
    if (isHeld) return { status: 'waiting', session_id };
    if (!interrupted.aborted || seat.stopped.aborted) throw error;
    return { status: 'interrupted', session_id, ...NOTHING };
  } finally {
    seat.agent = undefined;
  }
}

/** The agent was ended, which waits for decisions of people. */
interface Waiting {
  status: 'waiting';
  session_id: string;
}

const NOTHING = { usage: NO_USAGE, cost_usd: 0 };

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
export async function stateOf({ deps, step }: SessionTurn, record: TurnRecord): Promise<string> {
  const profile = await readFile(jobPaths(deps.settings, step).profile);
  const digest = createHash('sha256').update(profile).digest('hex');
  const { message, spec } = step;
  return JSON.stringify([record, spec.approvals, message.instructions ?? null, digest]);
}
