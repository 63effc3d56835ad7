import type { Config } from '../config.ts';
import { parseRepoUrl } from '../contract/repo-url.ts';
import { Failure } from '../contract/failures.ts';
import type { JobQuery, JobRequest } from '../contract/job.ts';
import type { JobOptions, JobSpec } from '../contract/steps.ts';
import { readMcpFile } from '../profiles/mcp-file.ts';
import { chooseProfile, type Chosen } from '../profiles/route.ts';
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
    const { task, base_ref, profile, priority, session_id } = request;
    if (profile === AUTO) throw new Failure('invalid_request', NO_AUTO);
    const repo_url = request.repo_url === undefined ? undefined : canonicalRepo(config, request.repo_url);
    const chosen = chooseProfile({ profile, repo_url, task }, config.routes, config.defaultProfile);
    await checkChosen(config, chosen);
    const options = optionsOf(request);
    if (options.file_path !== undefined) await readMcpFile(config.mcpFilesDir, options.file_path);
    return {
      task,
      ...chosen,
      session_id,
      ...(repo_url === undefined ? {} : { repo_url }),
      ...(base_ref === undefined ? {} : { base_ref }),
      ...(priority === undefined ? {} : { priority }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    };
  };
}

/** The name that will let a model choose; no profile has it. */
const AUTO = 'auto';
const NO_AUTO = 'profile: "auto" is not built yet: name a profile, or none, so that the rules of config.yml choose';

/** A profile that the caller did not name is not for the caller to correct: the failure says who named it. */
async function checkChosen(config: Config, { profile, profile_reason }: Chosen): Promise<void> {
  try {
    await checkProfile(config, profile);
  } catch (error) {
    if (!(error instanceof Failure) || profile_reason === 'explicit') throw error;
    const who = profile_reason === 'default' ? 'AGENTICORE_DEFAULT_PROFILE' : `${profile_reason} in config.yml`;
    throw new Failure(error.type, `${error.message} It is named by ${who}.`, { cause: error });
  }
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
