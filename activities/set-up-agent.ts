import { defined } from '../contract/shared/defined.ts';
import type { ProfileFacts, ProfileStep } from '../contract/workflow/steps.ts';
import { writeAgentFiles } from './agent-files.ts';
import { checkTerms } from './commit-terms.ts';
import type { Deps } from './deps.ts';
import { jobPaths } from './paths.ts';
import { findResumable, sessionId } from './session.ts';

/** Sets the agent up for a job or session, and says what the workflow needs of its profile. */
export async function setUpAgent(
  deps: Pick<Deps, 'settings' | 'agents' | 'sessionServer'>,
  step: Omit<ProfileStep, 'token'>,
  signal: AbortSignal,
): Promise<ProfileFacts> {
  const { settings, agents } = deps;
  const { job_id, attempt, request } = step;
  const profile = await writeAgentFiles(deps, step);
  const { deliver, commits } = profile;
  if (deliver !== 'none') await checkTerms(settings, commits, request.repo_url, signal);
  const { sessions, name } = agents[profile.agent];
  const resumable = await findResumable(sessions, jobPaths(settings, step).config, job_id, attempt);
  return {
    agent: name,
    timeout_s: profile.timeout_s ?? settings.agentTimeoutS,
    deliver,
    delivery_timeout_s: profile.delivery_timeout_s,
    ...defined({
      pull_request: deliver === 'pr' ? profile.pull_request : undefined,
      setup: profile.setup ?? undefined,
      verify: profile.verify ?? undefined,
      commits: deliver === 'none' || Object.keys(commits).length === 0 ? undefined : commits,
    }),
    session_id: resumable ?? sessionId(job_id, attempt),
  };
}
