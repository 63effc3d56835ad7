import type { RepoUrl } from '../contract/http/repo-url.ts';
import { Failure } from '../contract/shared/failures.ts';
import { forgeKind, forgeRepo, githubApiOf } from './address.ts';
import type { Forge } from './forge.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import type { ForgeSettings } from './settings.ts';

/**
 * The forge of a repository, or undefined where the host is no known forge: a plain git host, a local path, or no
 * token for it.
 */
export function forgeOf(url: RepoUrl, settings: ForgeSettings): Forge | undefined {
  const repo = forgeRepo(url, settings);
  if (repo === undefined) return undefined;
  const { githubToken, githubApp, githubApiUrl, gitlabToken, giteaToken } = settings;
  switch (forgeKind(repo, settings)) {
    case 'github':
      return githubToken === undefined && githubApp === undefined
        ? undefined
        : github(repo, { apiUrl: githubApiOf(repo.origin, githubApiUrl), token: githubToken, app: githubApp });
    case 'gitlab':
      return gitlabToken === undefined ? undefined : gitlab(repo, gitlabToken);
    case 'gitea':
      return giteaToken === undefined ? undefined : gitea(repo, giteaToken);
    case undefined:
      return undefined;
  }
}

/** Whether the settings say what forge a repository is on. */
export function isOnForge(repo: RepoUrl, settings: ForgeSettings): boolean {
  const address = forgeRepo(repo, settings);
  return address !== undefined && forgeKind(address, settings) !== undefined;
}

/**
 * The forge of a repository; undefined where the settings do not say what speaks there. Throws `forge_auth_failed`
 * where the forge is known and the worker has no token for it.
 */
export function knownForge(repo: RepoUrl, settings: ForgeSettings): Forge | undefined {
  const forge = forgeOf(repo, settings);
  if (forge !== undefined) return forge;
  const address = forgeRepo(repo, settings);
  const kind = address && forgeKind(address, settings);
  if (kind === undefined) return undefined;
  throw new Failure('forge_auth_failed', `The worker has no token for ${kind} at ${repo.host}.`);
}
