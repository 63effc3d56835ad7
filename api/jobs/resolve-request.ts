import type { Config } from '../../config/index.ts';
import { parseRepoUrl } from '../../contract/http/repo-url.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { JobQuery, JobRequest } from '../../contract/http/job-request.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import type { JobSpec, PreparedWorktree } from '../../contract/workflow/job-spec.ts';
import { readMcpFile } from '../../profiles/mcp-file.ts';
import { chooseProfile, type Chosen } from '../../profiles/profile-rules.ts';
import { invalid } from '../http/api-error.ts';
import { checkProfile } from '../profiles/list-profiles.ts';

/** A checked request; whose session it names is not known yet. */
export interface Submission extends Omit<JobSpec, 'session'> {
  session_id?: string | undefined;
}

/** A request whose worktree, if it names one, was found. */
export interface LocatedRequest extends Omit<JobRequest, 'worktree_id'> {
  worktree?: PreparedWorktree;
}

/**
 * Turns a request into what the workflow is given: the repository in its one spelling, a profile that exists, a file of
 * MCP servers that may be read. Throws `invalid_request` or `profile_not_found`, naming the field, before anything is
 * started.
 */
export function createSpec(config: Config): (request: LocatedRequest) => Promise<Submission> {
  return async (request) => {
    const { task, profile } = request;
    const repo_url = request.repo_url === undefined ? undefined : canonicalRepo(config, request.repo_url);
    const chosen = chooseProfile({ profile, repo_url, task }, config.routes, config.defaultProfile);
    const auto = chosen.profile === AUTO_PROFILE;
    const fallback = { profile: config.defaultProfile, profile_reason: 'default' };
    await checkChosen(config, auto ? fallback : chosen);
    checkNewRepository(request);
    if (request.file_path !== undefined) await readMcpFile(config.mcpFilesDir, request.file_path);
    return {
      ...request,
      ...defined({ repo_url, fallback_profile: auto ? config.defaultProfile : undefined }),
      ...chosen,
    };
  };
}

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
export function canonicalRepo({ allowLocalRepos, allowedRepoHosts }: Config, repoUrl: string): string {
  return parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts }).url;
}

/** A query for jobs, with the repository in its one spelling; its field is called `repo`. */
export function canonicalQuery(config: Config, { repo, ...query }: JobQuery): JobQuery {
  if (repo === undefined) return query;
  try {
    return { ...query, repo: canonicalRepo(config, repo) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.type, error.message.replace('repo_url', 'repo'), { field: 'repo', cause: error });
  }
}

function checkNewRepository({ create_repo = false, repo_url, ...request }: LocatedRequest): void {
  if (!create_repo && request.private !== undefined) throw invalid('private', 'needs create_repo');
  if (create_repo && repo_url === undefined) throw invalid('create_repo', 'needs repo_url');
}
