import { Context } from '@temporalio/activity';
import type { AgentEvent } from '../contract/events.ts';
import { Failure } from '../contract/failures.ts';
import type { AgentStep, AgentTurn, Spent } from '../contract/steps.ts';
import { prepareRun, type PreparedRun } from './agent-run.ts';
import type { Deps } from './deps.ts';
import { bringSession } from './earlier-session.ts';
import { emit } from './emit.ts';
import type { Step } from './index.ts';
import { jobPaths } from './paths.ts';
import type { HeldSeat } from './seats.ts';
import { discardSession, findSession, sessionId } from './session.ts';

/** How often the Web UI is told how far the agent is (milliseconds). */
const HEARTBEAT_MS = 1_000;

/**
 * Runs the agent in the job's worktree and writes what it does to the job's events. Where this disk has a session of an
 * earlier attempt, the agent goes on with it; else it begins one, with the conversation of the earlier job that the job names. Fails as the agent does; what it cost stands in the failure's details.
 */
export const runAgent: Step<AgentStep, AgentTurn> = async (deps, step, seat, signal) => {
  const { config } = jobPaths(deps.settings, step.job_id);
  const earlier = await findSession(config, step.job_id, step.attempt);
  if (earlier !== undefined) {
    try {
      return await follow(deps, seat, await prepareRun(deps.settings, step, earlier, true), signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.type !== 'session_not_found') throw error;
      await discardSession(config, earlier);
      await emit(deps, seat, [{ type: 'restarted', reason: 'the session of the earlier attempt cannot be read' }]);
    }
  }
  const { session } = step.request;
  if (session !== undefined) await bringSession(deps.settings.dataDir, config, session);
  return follow(deps, seat, await prepareRun(deps.settings, step, sessionId(step.job_id, step.attempt), false), signal);
};

/** One run of the agent, event by event, to its end. */
async function follow(
  deps: Deps,
  seat: HeldSeat,
  { run, warnings }: PreparedRun,
  signal: AbortSignal,
): Promise<AgentTurn> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat({ seq: seat.seq }), HEARTBEAT_MS);
  try {
    await emit(
      deps,
      seat,
      warnings.map((message) => ({ type: 'warning', message })),
    );
    for await (const event of deps.runner.run(run, signal)) {
      await emit(deps, seat, [event]);
      if (event.type === 'done') return { turn: event.turn, resumed: run.resume, warnings };
      if (event.type === 'failed') throw failureOf(event);
    }
    throw new Failure('agent_stopped', 'the agent ended without a result');
  } finally {
    clearInterval(beat);
  }
}

function failureOf(event: Extract<AgentEvent, { type: 'failed' }>): Failure {
  const { code, message, usage = null, cost_usd = null, retry_after_ms } = event;
  const details: Spent = { usage, cost_usd };
  return new Failure(code, message, {
    details,
    ...(retry_after_ms === undefined ? {} : { retryAfterMs: retry_after_ms }),
  });
}
