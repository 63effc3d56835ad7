import { parseRepoUrl, type RepoUrl } from '../contract/repo-url.ts';
import type { Remotes } from '../git/mirror.ts';
import type { HostSettings } from './deps.ts';

/** The repository of a job, checked again by the rules of this host. */
export const repoOf = ({ allowLocalRepos, allowedRepoHosts }: HostSettings, repoUrl: string): RepoUrl =>
  parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts });

/** How this host speaks to git remotes. The token is for GitHub alone: any other remote could ask for it and keep it. */
export const remotesOf = ({ reposRoot, githubToken, githubApiUrl }: HostSettings): Remotes => ({
  reposRoot,
  credentialsFor: ({ url, protocol }) => {
    const known =
      githubToken !== undefined && protocol.startsWith('http') && new URL(url).host === gitHost(githubApiUrl);
    return Promise.resolve(known ? { username: 'x-access-token', password: githubToken } : undefined);
  },
});

/** Where the GitHub of that API keeps its repositories: an Enterprise server has both on one host. */
const gitHost = (apiUrl: string): string => new URL(apiUrl).host.replace(/^api\.github\.com$/, 'github.com');
