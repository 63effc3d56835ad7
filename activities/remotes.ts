import { parseRepoUrl, type RepoUrl } from '../contract/repo-url.ts';
import type { Remotes } from '../git/mirror.ts';
import type { HostSettings } from './deps.ts';

/** The repository of a job, checked again by the rules of this host. */
export const repoOf = ({ allowLocalRepos, allowedRepoHosts }: HostSettings, repoUrl: string): RepoUrl =>
  parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts });

/** How this host speaks to git remotes. */
export const remotesOf = ({ reposRoot, githubToken }: HostSettings): Remotes => ({
  reposRoot,
  credentialsFor: () =>
    Promise.resolve(githubToken === undefined ? undefined : { username: 'x-access-token', password: githubToken }),
});
