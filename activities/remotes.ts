import { parseRepoUrl, type RepoUrl } from '../contract/http/repo-url.ts';
import { forgeOf } from '../forges/forge-of.ts';
import type { Remotes } from '../git/remotes.ts';
import type { HostSettings } from './deps.ts';

/** The repository of a job, checked again by the rules of this host. */
export const repoOf = ({ allowLocalRepos, allowedRepoHosts }: HostSettings, repoUrl: string): RepoUrl =>
  parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts });

/**
 * How this host speaks to git remotes. A token is for its own forge alone: any other remote could ask for it and keep
 * it.
 */
export const remotesOf = ({ reposRoot, cloneFilter, forges }: HostSettings): Remotes => ({
  reposRoot,
  cloneFilter,
  credentialsFor: async (repo) => forgeOf(repo, forges)?.gitCredentials(),
});
