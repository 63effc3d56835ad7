import { MAX_TASK_BYTES } from '../../contract/http/job-request.ts';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { JobSpec, Requested } from '../../contract/workflow/job-spec.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import { readMcpFile } from '../../profiles/mcp-file.ts';
import { chooseProfile, type Chosen } from '../../profiles/profile-rules.ts';
import type { Config } from '../../config/index.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import type { AgentName } from '../../contract/shared/agents.ts';
import { readProfile } from '../profiles/list-profiles.ts';
import { canonicalRepo, repositoryAt } from '../repositories.ts';
import type { JobFilter } from '../temporal/visibility-query.ts';
import { checkFree, locateWorktree } from '../worktrees/use.ts';
import { findSession } from './find-agent-session.ts';

/**
 * What the server decides about a request: the repository in its one spelling, a profile that exists, the session and
 * the worktree that it names. Throws, naming the field, before anything is started: `invalid_request`,
 * `profile_not_found`, 413 `task_too_large`, and what `findSession`, `locateWorktree` and `checkFree` throw.
 */
export async function resolveRequest(context: ServiceContext, request: Requested, owner: string): Promise<JobSpec> {
  const { config } = context;
  checkTask(request.task);
  checkNewRepository(request);
  const located = await locateWorktree(context, request, owner);
  const asked = request.repo_url === undefined ? undefined : repositoryAt(config, request.repo_url);
  const repo_url = located?.repo_url ?? asked?.url;
  const base_ref = located === undefined ? (request.base_ref ?? asked?.ref) : undefined;
  const chosen = chooseProfile({ ...request, repo_url }, config.routes, config.defaultProfile);
  const fallback_profile = chosen.profile === AUTO_PROFILE ? config.defaultProfile : undefined;
  const agent = await checkChosen(config, fallback_profile === undefined ? chosen : { profile: fallback_profile });
  const profile_agent = fallback_profile === undefined ? agent : undefined;
  if (request.file_path !== undefined) await readMcpFile(config.mcpFilesDir, request.file_path);
  const { session_id } = request;
  const session = session_id === undefined ? undefined : await findSession(context, session_id, owner);
  if (located !== undefined) await checkFree(context, located.worktree, session);
  const found = defined({ repo_url, base_ref, session, fallback_profile, profile_agent, worktree: located?.worktree });
  return { ...request, ...found, ...chosen };
}

/** A query for jobs, with the repository in its one spelling; its field is called `repo`. */
export function canonicalQuery<Query extends Pick<JobFilter, 'repo'>>(config: Config, query: Query): Query {
  if (query.repo === undefined) return query;
  try {
    return { ...query, repo: canonicalRepo(config, query.repo) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.type, error.message.replace('repo_url', 'repo'), { field: 'repo', cause: error });
  }
}

/** Refuses a task that Temporal could not carry. */
function checkTask(task: string): void {
  if (Buffer.byteLength(task) > MAX_TASK_BYTES)
    throw new ApiError('task_too_large', 'task: is longer than 256 KiB', 'task');
}

function checkNewRepository({ create_repo = false, repo_url, private: isPrivate }: Requested): void {
  if (!create_repo && isPrivate !== undefined) throw invalid('private', 'needs create_repo');
  if (create_repo && repo_url === undefined) throw invalid('create_repo', 'needs repo_url');
}

/**
 * The agent of a profile. One that the caller did not name is not for the caller to correct: the failure says who named
 * it.
 */
async function checkChosen(
  config: Config,
  { profile, profile_reason = 'default' }: Partial<Chosen> & { profile: string },
): Promise<AgentName> {
  try {
    return (await readProfile(config, profile)).agent;
  } catch (error) {
    if (!(error instanceof Failure) || profile_reason === 'explicit') throw error;
    const who = profile_reason === 'default' ? 'AGENTICORE_DEFAULT_PROFILE' : `${profile_reason} in config.yml`;
    throw new Failure(error.type, `${error.message} It is named by ${who}.`, { cause: error });
  }
}
