import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { ForgeKind } from '../contract/http/forge-kind.ts';
import type { ForgeSettings } from './settings.ts';

/** Where a repository is on its forge. */
export interface ForgeRepo {
  /** Scheme and host of the forge's web and API, for ssh addresses too. */
  origin: string;
  /** The host as an operator may name it: with its port and, where that is the usual one or of ssh, without. */
  hosts: readonly string[];
  /** Everything before the last part of the path; has slashes where GitLab groups are nested. */
  owner: string;
  name: string;
  /** `owner/name`. */
  path: string;
  /** Whether git speaks http(s) to it, and so takes a token. */
  web: boolean;
}

// ssh over port 443, for networks that let nothing else through.
const SSH_ALIASES = new Map([
  ['ssh.github.com', 'github.com'],
  ['altssh.gitlab.com', 'gitlab.com'],
]);
const USUAL_PORT = { https: '443', http: '80', ssh: '22' };

/** What the address says, or undefined where it cannot be a repository of a forge. */
export function forgeRepo({ url, protocol, host: given }: RepoUrl): ForgeRepo | undefined {
  if (protocol === 'file') return undefined;
  // What is no URL is `user@host:path`.
  const address = url.includes('://') ? new URL(url) : undefined;
  const rawPath = address?.pathname ?? url.slice(url.indexOf(`${given}:`) + given.length + 1);
  const path = decoded(rawPath)
    .replace(/^\//, '')
    .replace(/\.git$/, '');
  const [, owner, name] = /^(.+)\/([^/]+)$/.exec(path) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  const web = protocol !== 'ssh';
  const host = SSH_ALIASES.get(given) ?? given;
  const port = address === undefined || address.port === '' ? USUAL_PORT[protocol] : address.port;
  const origin = web && address !== undefined ? address.origin : `https://${host}`;
  // Another port of the host may be anybody's. That of ssh says nothing of where the API is.
  const bare = web && port !== USUAL_PORT[protocol] ? [] : [host];
  return { origin, hosts: [`${host}:${port}`, ...bare], owner, name, path, web };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

// Only names that nobody else can have: anyone may own a gitlab.<domain>, and would be sent the token.
const KNOWN = new Map<string, ForgeKind>([
  ['gitlab.com', 'gitlab'],
  ['codeberg.org', 'gitea'],
  ['gitea.com', 'gitea'],
]);

/**
 * What speaks at the repository's host: GitHub at the host of `githubApiUrl` alone, else by the operator's word, else
 * one of the public forges. As there is one token of a kind, no public forge is of a kind that `kinds` has a host of.
 * Over plain http, where anybody on the way could read the token, a forge is known only where the operator's word says
 * so: by the scheme of `githubApiUrl`, or by a name in `kinds` that has the port.
 */
export function forgeKind(
  { origin, hosts, owner, web }: ForgeRepo,
  { kinds, githubApiUrl }: Pick<ForgeSettings, 'kinds' | 'githubApiUrl'>,
): ForgeKind | undefined {
  const ours = new URL(gitOrigin(githubApiUrl));
  const isOurs = web ? origin === ours.origin : new URL(origin).hostname === ours.hostname;
  const names = origin.startsWith('https:') ? hosts : hosts.slice(0, 1);
  const listed = names.find((host) => Object.hasOwn(kinds, host));
  const known = names.map((host) => KNOWN.get(host)).find((kind) => kind !== undefined);
  const free = known !== undefined && !Object.values(kinds).includes(known) ? known : undefined;
  const kind = (listed === undefined ? undefined : kinds[listed]) ?? (isOurs ? 'github' : free);
  if (kind === 'github' && !isOurs) return undefined;
  return kind !== 'gitlab' && owner.includes('/') ? undefined : kind;
}

/** Where the GitHub of that API keeps its repositories: an Enterprise server has both on one host. */
export function gitOrigin(apiUrl: string): string {
  const { protocol, host } = new URL(apiUrl);
  return `${protocol}//${host === 'api.github.com' ? 'github.com' : host}`;
}
