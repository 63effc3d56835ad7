import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import { Failure } from '../contract/shared/failures.ts';
import { isPrivateHost } from '../contract/http/repo-host.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses that proxies on this machine (Clash, Surge …) give in place of the real ones. */
const FAKE = new BlockList();
FAKE.addSubnet('198.18.0.0', 15, 'ipv4');

/**
 * Settings that hold git to the addresses its host has now, so that a public name cannot lead into the private network,
 * not even by resolving otherwise a moment later. A name with a private address is `blocked_host`, one that is none is
 * `host_not_found`. Hosts that the operator listed are not looked at, nor those that git reaches by a proxy: that is
 * who resolves their names. Over ssh the check is made but the address is not pinned.
 */
export async function pinned(repo: RepoUrl, env: Environment = process.env): Promise<string[]> {
  if (repo.listed || repo.protocol === 'file' || isProxied(repo, env)) return [];
  const name = repo.host.replace(/^\[|\]$/g, '');
  // What ssh calls by this name, its own configuration may say.
  const found = await lookup(name, { all: true }).catch((error: unknown) => {
    if (repo.protocol === 'ssh') return [];
    throw unresolved(repo, error);
  });
  const bad = found.find(({ address }) => isPrivateHost(address));
  if (bad !== undefined) throw blocked(repo, bad.address);
  if (repo.protocol !== 'https' || found.length === 0 || name.includes(':')) return [];
  const port = new URL(repo.url).port || '443';
  const addresses = found.map(({ address, family }) => (family === 6 ? `[${address}]` : address));
  return [`http.curloptResolve=${repo.host}:${port}:${addresses.join(',')}`];
}

/** Whether git reaches the repository by a proxy, as curl reads the environment. */
function isProxied({ protocol, host }: RepoUrl, env: Environment): boolean {
  if (protocol !== 'https' && protocol !== 'http') return false;
  const named = (...names: string[]): string => names.map((name) => env[name]).find((value) => value) ?? '';
  // In capitals that of http is not read: a CGI script would have it from its caller.
  const own = protocol === 'https' ? named('https_proxy', 'HTTPS_PROXY') : named('http_proxy');
  const exempt = named('no_proxy', 'NO_PROXY')
    .toLowerCase()
    .split(/[\s,]+/);
  const isExempt = exempt.some((name) => {
    const domain = name.replace(/^\.+/, '');
    return domain === '*' || (domain !== '' && (host === domain || host.endsWith(`.${domain}`)));
  });
  return !isExempt && (own || named('all_proxy', 'ALL_PROXY')) !== '';
}

function unresolved({ url, host }: RepoUrl, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return new Failure(
    'host_not_found',
    `Could not reach ${url}. The name ${host} cannot be resolved${code}; correct repo_url, or check the DNS and proxy settings of the worker.`,
  );
}

function blocked({ host }: RepoUrl, address: string): Failure {
  const remedy = FAKE.check(address, 'ipv4')
    ? `, which is what a proxy on this machine gives in place of the real one: set HTTPS_PROXY to that proxy, or add ${host} to AGENTICORE_ALLOWED_REPO_HOSTS to trust it`
    : '; add it to AGENTICORE_ALLOWED_REPO_HOSTS to allow it';
  return new Failure('blocked_host', `${host} has the private address ${address}${remedy}.`);
}
