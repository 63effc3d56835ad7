import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { forgeKind, forgeRepo } from '../forges/address.ts';
import { forgeOf, type Forge, type ForgeSettings } from '../forges/forge.ts';

/**
 * The forge of a repository; undefined where nobody knows what speaks there. Throws `forge_auth_failed` where it is known,
 * and there is no token for it.
 */
export function knownForge(repo: RepoUrl, settings: ForgeSettings): Forge | undefined {
  const forge = forgeOf(repo, settings);
  if (forge !== undefined) return forge;
  const address = forgeRepo(repo);
  const kind = address && forgeKind(address, settings);
  if (kind === undefined) return undefined;
  throw new Failure('forge_auth_failed', `The worker has no token for ${kind} at ${repo.host}.`);
}

/** For what only a forge can do. */
export const noForge = ({ host, url }: RepoUrl): Failure =>
  new Failure(
    'forge_rejected',
    `Nobody knows what forge ${host || url} is: name it under forges in config.yml, or do without create_repo.`,
  );
