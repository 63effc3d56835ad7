import { rm } from 'node:fs/promises';
import type { RunResult } from '../contract/shared/events.ts';
import { defined } from '../contract/shared/defined.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { RouteStep } from '../contract/workflow/steps.ts';
import { loadProfiles } from '../profiles/load.ts';
import { readChoice, shortReason } from '../profiles/model-choice.ts';
import { runOnce, type Agent, type AgentRun, type UserMessage } from '../runners/agent.ts';
import { jobPaths } from './paths.ts';
import { prepareRoute } from './router-invocation.ts';
import type { Step } from './step.ts';

/**
 * Lets a small model choose the job's profile among the usable ones, by their descriptions. Where it does not answer,
 * or with none of them, the job gets its fallback: the reason says why, as does a warning in the job's events.
 */
export const routeProfile: Step<RouteStep, ProfileChoice> = async (
  { settings, agents, writers, spool },
  step,
  _seat,
  signal,
) => {
  const { profiles } = await loadProfiles(settings.profileDirs, settings.defaultAgent);
  const { route } = jobPaths(settings, step);
  const agent = agents[settings.defaultAgent];
  try {
    const { run, message } = await prepareRoute(settings, agent, step, profiles);
    const started_at = new Date().toISOString();
    const result = await resultOf(agent, run, message, signal);
    const { usage = null, cost_usd = null } = result;
    writers.of(step.job_id).spend({ usage, cost_usd });
    const times = { started_at, ended_at: new Date().toISOString() };
    await spool?.note({ id: step.job_id, stream: step.job_id, choice: { ...times, usage, cost_usd } });
    const choice = result.status === 'succeeded' ? readChoice(result.text, profiles) : undefined;
    const withAgent = (chosen: ProfileChoice): ProfileChoice => {
      const profile = profiles.find(({ name }) => name === chosen.profile);
      return { ...chosen, ...defined({ agent: profile?.agent }) };
    };
    if (choice !== undefined) return withAgent(choice);
    const why =
      result.status === 'failed'
        ? shortReason(`${result.code}: ${result.message}`)
        : 'the model did not name a profile';
    const profile = step.fallback_profile;
    const warning = {
      type: 'warning' as const,
      message: `No profile could be chosen, so the job uses ${profile} (${why}).`,
    };
    await writers.of(step.job_id).write([warning]);
    return withAgent({ profile, reason: `${why}, default` });
  } finally {
    await rm(route, { recursive: true, force: true });
  }
};

/** How the run ends; its other events are for nobody. */
async function resultOf(agent: Agent, run: AgentRun, message: UserMessage, signal: AbortSignal): Promise<RunResult> {
  for await (const event of runOnce(agent, run, message, signal)) if (event.type === 'run_ended') return event.result;
  throw new Failure('agent_stopped', 'The model ended without an answer.');
}
