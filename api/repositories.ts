import type { Config } from '../config/index.ts';
import { parseRepoUrl } from '../contract/http/repo-url.ts';

/** The one spelling of a repository; throws `invalid_request` or `blocked_host` for one that may not be used here. */
export function canonicalRepo({ allowLocalRepos, allowedRepoHosts }: Config, repoUrl: string): string {
  return parseRepoUrl(repoUrl, { allowLocal: allowLocalRepos, allowedHosts: allowedRepoHosts }).url;
}
