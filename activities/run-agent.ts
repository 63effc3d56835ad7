import { Context } from '@temporalio/activity';
import type { AgentEvent, Turn } from '../contract/shared/events.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { AgentStep, AgentTurn, RateLimit } from '../contract/workflow/steps.ts';
import { prepareRun, type Beginning, type PreparedRun } from './agent-invocation.ts';
import type { Deps } from './deps.ts';
import { bringSession } from './import-session.ts';
import { emit } from './event-writer.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';
import type { HeldSeat } from './seats.ts';
import { discardSession, findResumable, sessionId } from './session.ts';

/** How often the Web UI is told how far the agent is (milliseconds). */
const HEARTBEAT_MS = 1_000;

/**
 * Runs the agent in the job's worktree and writes what it does to the job's events. Where this disk has a session of an
 * earlier attempt, the agent goes on with it; else it begins one, with the conversation of the earlier job that the job names. Fails as the agent does. What it cost, however it ended, goes to the account of the seat.
 */
export const runAgent: Step<AgentStep, AgentTurn> = async (deps, step, seat, signal) => {
  const { config } = jobPaths(deps.settings, step);
  const earlier = await findResumable(config, step.job_id, step.attempt);
  if (earlier !== undefined) {
    try {
      return await follow(
        deps,
        seat,
        await prepareRun(deps.settings, step, { session: earlier, prompt: 'resume' }),
        signal,
      );
    } catch (error) {
      if (!(error instanceof Failure) || error.type !== 'session_not_found') throw error;
      await discardSession(config, earlier);
      await emit(deps, seat, [{ type: 'restarted', reason: 'the session of the previous attempt cannot be read' }]);
    }
  }
  const begun = await beginning(deps, seat, step, config);
  return follow(deps, seat, await prepareRun(deps.settings, step, begun), signal);
};

/** How the job's own session begins: anew, or with the conversation of an earlier job, brought here. */
async function beginning(deps: Deps, seat: HeldSeat, step: AgentStep, config: string): Promise<Beginning> {
  const session = sessionId(step.job_id, step.attempt);
  const { session: asked, retry } = step.request;
  const before = step.go_on ? retry?.session : undefined;
  if (before !== undefined) {
    try {
      await bringSession(deps.settings.dataDir, config, before);
      return { session, fork_of: before.session_id, prompt: 'go_on' };
    } catch (error) {
      if (!(error instanceof Failure) || error.type !== 'session_not_found') throw error;
      await emit(deps, seat, [{ type: 'restarted', reason: 'the transcript of the previous job was not kept' }]);
    }
  }
  if (asked === undefined) return { session, prompt: 'task' };
  await bringSession(deps.settings.dataDir, config, asked);
  return { session, fork_of: asked.session_id, prompt: 'task' };
}

/** One run of the agent, event by event, to its end. */
async function follow(
  deps: Deps,
  seat: HeldSeat,
  { run, goesOn, warnings }: PreparedRun,
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
      if (event.type === 'done') {
        seat.spend(event.turn);
        return { turn: checked(event.turn, run), spent: seat.report.spent, resumed: goesOn, warnings };
      }
      if (event.type === 'failed') {
        seat.spend({ usage: event.usage ?? null, cost_usd: event.cost_usd ?? null });
        throw failureOf(event);
      }
    }
    throw new Failure('agent_stopped', 'the agent ended without a result');
  } finally {
    clearInterval(beat);
  }
}

/** An agent that can only read has nothing to show but its words. */
function checked(turn: Turn, { read_only }: PreparedRun['run']): Turn {
  if (!read_only || turn.text.trim() !== '') return turn;
  throw new Failure('agent_failed', 'The agent ended without a plan.');
}

function failureOf({ code, message, retry_after_ms }: Extract<AgentEvent, { type: 'failed' }>): Failure {
  if (retry_after_ms === undefined) return new Failure(code, message);
  return new Failure(code, message, { details: { retry_after_ms } satisfies RateLimit, retryAfterMs: retry_after_ms });
}
