import type { Config } from '../config/index.ts';
import { parseRepoUrl, type RepoUrl } from '../contract/http/repo-url.ts';

/** The repository that a caller names; throws `invalid_request` or `blocked_host` for one that may not be used here. */
export const repositoryAt = ({ allowLocalRepos, allowedRepoHosts }: Config, repoUrl: string): RepoUrl =>
  parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts });

/** Its one spelling. */
export const canonicalRepo = (config: Config, repoUrl: string): string => repositoryAt(config, repoUrl).url;
