import type { RunResult, RunSuccess } from '../contract/shared/events.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { AgentAnswer, AgentStep } from '../contract/workflow/steps.ts';
import { runOnce, type SessionStore } from '../runners/agent.ts';
import { prepareRun, type Beginning } from './agent-invocation.ts';
import type { Deps } from './deps.ts';
import { failureOf, followAgent, whileBeating } from './follow-agent.ts';
import { jobPaths } from './paths.ts';
import { findResumable, importSession, sessionId } from './session.ts';
import type { HeldSeat } from './seats.ts';
import type { Step } from './step.ts';
import { tellTurn } from './tell-turn.ts';
import { readStoredProfile, type StoredProfile } from './stored-profile.ts';

/**
 * Runs the agent in the job's worktree and writes what it does to the job's events. Where this disk has a session of an
 * earlier attempt, the agent goes on with it; else it begins one, with the conversation of the earlier job that the job
 * names. Fails as the agent does. What it cost, however it ended, is counted in the event stream.
 */
export const runAgent: Step<AgentStep, AgentAnswer> = async (deps, step, seat, signal) => {
  const { config, profile } = jobPaths(deps.settings, step);
  const stored = await readStoredProfile(profile);
  const { sessions } = deps.agents[stored.agent];
  const go = (beginning: Beginning): Promise<AgentAnswer> => follow(deps, seat, step, stored, beginning, signal);
  /** Undefined, and told to readers, where the session is lost with which it would begin. */
  const tryTo = async (beginning: Beginning, lost: string): Promise<AgentAnswer | undefined> => {
    try {
      return await go(beginning);
    } catch (error) {
      if (!isLost(error)) throw error;
      await sessions.discard(config, beginning.session);
      await restart(deps, step, lost);
      return undefined;
    }
  };
  const earlier = await findResumable(sessions, config, step.job_id, step.attempt);
  const resume = earlier && beginsAgain(step, earlier);
  const resumed = resume && (await tryTo(resume, 'the session of the previous attempt cannot be resumed'));
  if (resumed) return resumed;
  const first = await beginning(deps, step, sessions);
  if (first.prompt !== 'go_on') return go(first);
  const continued = await tryTo(first, 'the session of the previous job cannot be resumed');
  return continued ?? go({ session: first.session, prompt: 'task' });
};

/** How a session that this disk has goes on: where it was interrupted, or with something to mend. */
const beginsAgain = ({ fix }: AgentStep, session: string): Beginning => ({
  session,
  prompt: fix === undefined ? 'resume' : 'fix',
});

/** How the job's own session begins: anew, or with the conversation of an earlier job, brought here. */
async function beginning(deps: Deps, step: AgentStep, sessions: SessionStore): Promise<Beginning> {
  const { dataDir } = deps.settings;
  const { config } = jobPaths(deps.settings, step);
  const session = sessionId(step.job_id, step.attempt);
  const { session: asked, retry } = step.request;
  const before = step.go_on ? retry?.session : undefined;
  if (before !== undefined) {
    try {
      await importSession(sessions, dataDir, config, before);
      return { session, forkOf: before.session_id, prompt: 'go_on' };
    } catch (error) {
      if (!isLost(error)) throw error;
      await restart(deps, step, 'the transcript of the previous job was not kept');
    }
  }
  if (asked === undefined) return { session, prompt: 'task' };
  await importSession(sessions, dataDir, config, asked);
  return { session, forkOf: asked.session_id, prompt: 'task' };
}

const isLost = (error: unknown): boolean => error instanceof Failure && error.type === 'session_not_found';

/** Tells readers that what was said so far does not count. */
const restart = ({ writers }: Deps, { job_id }: AgentStep, reason: string): Promise<void> =>
  writers.of(job_id).write([{ type: 'restarted', reason }]);

/** One run of the agent, event by event, to its end. */
async function follow(
  deps: Deps,
  seat: HeldSeat,
  step: AgentStep,
  profile: StoredProfile,
  beginning: Beginning,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const { agent, run, message, goesOn, warnings } = await prepareRun(deps, step, profile, beginning);
  tellTurn(deps, run.telemetry, { owner: seat.owner, ...step.request }, { [step.plan ? 'plan' : 'job']: step.job_id });
  const events = runOnce(agent, run, message, signal);
  const { job_id: stream, attempt } = step;
  const following = followAgent(deps, seat, { stream, attempt, message, warnings, events });
  const result = await whileBeating(deps, stream, seat, following);
  await deps.writers.of(stream).compact();
  return { result: answerOf(result, run.readOnly), spent: deps.writers.of(stream).spent, resumed: goesOn, warnings };
}

/** The answer of an agent that succeeded. One that can only read has nothing to show but its words. */
function answerOf(result: RunResult, readOnly: boolean): RunSuccess {
  if (result.status === 'failed') throw failureOf(result);
  if (result.status === 'interrupted') throw new Failure('agent_stopped', 'The agent was interrupted.');
  if (!readOnly || result.text.trim() !== '') return result;
  throw new Failure('agent_failed', 'The agent ended without a plan.');
}
