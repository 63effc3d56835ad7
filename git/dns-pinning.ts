import { lookup } from 'node:dns/promises';
import { Failure } from '../contract/shared/failures.ts';
import { isPrivateHost } from '../contract/http/repo-host.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';

/**
 * Settings that hold git to the addresses its host has now, so that a public name cannot lead into the private network,
 * not even by resolving otherwise a moment later. A name with a private address is `blocked_host`. Hosts that the
 * operator listed are not looked at; behind a proxy, and over ssh, the check is made but the address is not pinned.
 */
export async function pinned(repo: RepoUrl): Promise<string[]> {
  if (repo.listed || repo.protocol === 'file') return [];
  const name = repo.host.replace(/^\[|\]$/g, '');
  const found = await lookup(name, { all: true }).catch(() => []);
  const bad = found.find(({ address }) => isPrivateHost(address));
  if (bad !== undefined) {
    throw new Failure(
      'blocked_host',
      `${repo.host} has a private address; add it to AGENTICORE_ALLOWED_REPO_HOSTS to allow it.`,
    );
  }
  if (repo.protocol !== 'https' || found.length === 0 || name.includes(':')) return [];
  const port = new URL(repo.url).port || '443';
  const addresses = found.map(({ address, family }) => (family === 6 ? `[${address}]` : address));
  return [`http.curloptResolve=${repo.host}:${port}:${addresses.join(',')}`];
}
