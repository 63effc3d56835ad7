import { Failure } from '../contract/shared/failures.ts';
import type { CreateRepositoryStep } from '../contract/workflow/delivery.ts';
import { knownForge } from '../forges/forge-of.ts';
import { repoOf } from './remotes.ts';
import type { Step } from './step.ts';

/** Makes the job's repository on its forge, where there is none. */
export const createRepository: Step<CreateRepositoryStep, { created: boolean }> = async (
  { settings },
  step,
  _seat,
  signal,
) => {
  const repo = repoOf(settings, step.repo_url);
  const forge = knownForge(repo, settings.forges);
  if (forge !== undefined) return forge.createRepository({ private: step.private }, signal);
  throw new Failure(
    'forge_rejected',
    `Unknown forge at ${repo.host || repo.url}. Add it under \`forges\` in config.yml, or leave out create_repo.`,
  );
};
