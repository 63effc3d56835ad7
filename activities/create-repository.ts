import type { CreateRepositoryStep } from '../contract/workflow/delivery.ts';
import type { Step } from './index.ts';
import { knownForge, noForge } from './forge-for-repo.ts';
import { repoOf } from './remotes.ts';

/** Makes the job's repository on its forge, where there is none. */
export const createRepository: Step<CreateRepositoryStep, { created: boolean }> = async (
  { settings },
  step,
  _seat,
  signal,
) => {
  const repo = repoOf(settings, step.repo_url);
  const forge = knownForge(repo, settings.forges);
  if (forge === undefined) throw noForge(repo);
  return forge.createRepository({ private: step.private }, signal);
};
