import type { Config } from '../config.ts';
import { parseRepoUrl } from '../contract/repo-url.ts';
import type { JobRequest } from '../contract/job.ts';
import type { JobSpec } from '../contract/steps.ts';
import { checkProfile } from './profiles.ts';

/**
 * Turns a request into what the workflow is given: the repository in its one spelling, a profile that exists. Throws
 * `invalid_request` or `profile_not_found`, naming the field, before anything is started.
 */
export function createSpec(config: Config): (request: JobRequest) => Promise<JobSpec> {
  return async ({ task, repo_url, base_ref, profile = config.defaultProfile }) => {
    await checkProfile(config, profile);
    return {
      task,
      profile,
      ...(repo_url === undefined ? {} : { repo_url: parseRepoUrl(repo_url, rulesOf(config)).url }),
      ...(base_ref === undefined ? {} : { base_ref }),
    };
  };
}

const rulesOf = (config: Config): { allowLocal: boolean; allowedHosts: readonly string[] } => ({
  allowLocal: config.allowLocalRepos,
  allowedHosts: config.allowedRepoHosts,
});
