import { rm } from 'node:fs/promises';
import type { AgentEvent } from '../contract/shared/events.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { RouteStep } from '../contract/workflow/steps.ts';
import { readChoice, shortReason } from '../profiles/model-choice.ts';
import { loadProfiles } from '../profiles/load.ts';
import type { AgentRun, Runner } from '../runners/runner.ts';
import { emit } from './event-writer.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';
import { prepareRoute } from './router-invocation.ts';

/**
 * Lets a small model choose the job's profile among the usable ones, by their descriptions. Where it does not answer, or
 * with none of them, the job gets its fallback: the reason says why, as does a warning in the job's events.
 */
export const routeProfile: Step<RouteStep, ProfileChoice> = async (
  { settings, runner, ...deps },
  step,
  seat,
  signal,
) => {
  const { profiles } = await loadProfiles(settings.profileDirs);
  const { route } = jobPaths(settings, step);
  try {
    const end = await endOf(runner, await prepareRoute(settings, step, profiles), signal);
    const { usage = null, cost_usd = null } = end.type === 'done' ? end.turn : end;
    seat.spend({ usage, cost_usd });
    const choice = end.type === 'done' ? readChoice(end.turn.text, profiles) : undefined;
    if (choice !== undefined) return choice;
    const why = end.type === 'done' ? 'the model did not name a profile' : shortReason(`${end.code}: ${end.message}`);
    const profile = step.fallback_profile;
    await emit(deps, seat, [
      { type: 'warning', message: `No profile could be chosen, so the job uses ${profile} (${why}).` },
    ]);
    return { profile, reason: `${why}, default` };
  } finally {
    await rm(route, { recursive: true, force: true });
  }
};

/** How the run ends; what it says until then is for nobody. */
async function endOf(
  runner: Runner,
  run: AgentRun,
  signal: AbortSignal,
): Promise<Extract<AgentEvent, { type: 'done' | 'failed' }>> {
  for await (const event of runner.run(run, signal)) if (event.type === 'done' || event.type === 'failed') return event;
  throw new Failure('agent_stopped', 'the model ended without an answer');
}
