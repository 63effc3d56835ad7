import type { Config } from '../config.ts';
import { parseRepoUrl } from '../contract/repo-url.ts';
import type { JobQuery, JobRequest } from '../contract/job.ts';
import type { JobOptions, JobSpec } from '../contract/steps.ts';
import { readMcpFile } from '../profiles/mcp-file.ts';
import { checkProfile } from './profiles.ts';

/** A checked request; whose session it names is not known yet. */
export interface Submission extends Omit<JobSpec, 'session'> {
  session_id?: string | undefined;
}

/**
 * Turns a request into what the workflow is given: the repository in its one spelling, a profile that exists, a file of
 * MCP servers that may be read. Throws `invalid_request` or `profile_not_found`, naming the field, before anything is
 * started.
 */
export function createSpec(config: Config): (request: JobRequest) => Promise<Submission> {
  return async (request) => {
    const { task, repo_url, base_ref, profile = config.defaultProfile, priority, session_id } = request;
    await checkProfile(config, profile);
    const options = optionsOf(request);
    if (options.file_path !== undefined) await readMcpFile(config.mcpFilesDir, options.file_path);
    return {
      task,
      profile,
      session_id,
      ...(repo_url === undefined ? {} : { repo_url: canonicalRepo(config, repo_url) }),
      ...(base_ref === undefined ? {} : { base_ref }),
      ...(priority === undefined ? {} : { priority }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    };
  };
}

/** The one spelling of a repository; throws `invalid_request` for one that may not be used here. */
function canonicalRepo({ allowLocalRepos, allowedRepoHosts }: Config, repoUrl: string): string {
  return parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts }).url;
}

/** A query for jobs, with the repository in its one spelling. */
export const canonicalQuery = (config: Config, { repo, ...query }: JobQuery): JobQuery =>
  repo === undefined ? query : { ...query, repo: canonicalRepo(config, repo) };

const optionsOf = ({ model, timeout, max_budget_usd, file_path }: JobRequest): JobOptions => ({
  ...(model === undefined ? {} : { model }),
  ...(timeout === undefined ? {} : { timeout }),
  ...(max_budget_usd === undefined ? {} : { max_budget_usd }),
  ...(file_path === undefined ? {} : { file_path }),
});
