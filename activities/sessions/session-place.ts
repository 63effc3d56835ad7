import { Failure } from '../../contract/shared/failures.ts';
import { sessionProfile } from '../../contract/workflow/session-profile.ts';
import type { TurnAnswer, TurnStep } from '../../contract/workflow/run-state.ts';
import { loadPackages } from '../../packages/load.ts';
import { exists } from '../../processes/path-exists.ts';
import { killStrays } from '../../processes/tree.ts';
import { writeAgentFiles } from '../agent-files.ts';
import { fillWorktree, openPlace } from '../create-worktree.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { setUpAgent } from '../set-up-agent.ts';
import type { HeldSeat } from '../seats.ts';
import { readStoredProfile, type StoredProfile } from '../stored-profile.ts';
import { readTurn } from './turn-record.ts';

interface SessionPlace {
  profile: StoredProfile;
  /** Present where the place was made. */
  made?: NonNullable<TurnAnswer['made']>;
}

/**
 * The place of the session on this disk. That of a session without a repository is made where it is not there, and
 * again where an earlier host was lost: what still ran of it is killed.
 */
export async function sessionPlace(
  deps: Deps,
  step: TurnStep,
  seat: HeldSeat,
  signal: AbortSignal,
): Promise<SessionPlace> {
  const { settings } = deps;
  const { profile, worktree } = jobPaths(settings, step);
  const isThere = (await exists(profile)) && (await exists(worktree));
  const { job_id, token, attempt, place } = step;
  if (isThere && (place === undefined || (place.disk === settings.disk && attempt === 1)))
    return { profile: await currentProfile(deps, step) };
  if (place === undefined)
    throw new Failure('worktree_not_found', `The files of session ${job_id} are not on this disk any more.`);
  const at = { job_id, token, attempt };
  const before = await readTurn(settings, job_id);
  if (before?.marker !== undefined) await killStrays({ marker: before.marker });
  // What a run has done in it is work, whether or not the agent's session is found.
  const wanted = { ...at, ...sessionProfile(step.spec), set_up: true };
  const { path } = await fillWorktree(settings, wanted, await openPlace(deps, wanted, seat, signal), signal);
  const facts = await setUpAgent(deps, wanted, signal);
  return { profile: await readStoredProfile(profile), made: { profile: facts, worktree_path: path } };
}

/** What was stored; made anew of an agent package that has changed since, unless that is gone, or wrong now. */
async function currentProfile(deps: Deps, { job_id, spec }: TurnStep): Promise<StoredProfile> {
  const { profile } = jobPaths(deps.settings, { job_id });
  const stored = await readStoredProfile(profile);
  if (spec.package === undefined) return stored;
  const { packages } = await loadPackages(deps.settings.packages, spec.package);
  const now = packages.find(({ name }) => name === spec.package);
  if (now === undefined || now.version === stored.package_version) return stored;
  await deps.warm.end(job_id);
  await writeAgentFiles(deps, { job_id, ...sessionProfile(spec) });
  return readStoredProfile(profile);
}
