import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { ForgeKind } from '../contract/http/forge-kind.ts';
import type { ForgeSettings } from './settings.ts';

/** Where a repository is on its forge. */
export interface ForgeRepo {
  /** Scheme and host of the forge's web and API, for ssh addresses too. */
  origin: string;
  /** The forge's own address: its origin, with its path where it is below one. */
  root: string;
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

type Kinds = Pick<ForgeSettings, 'kinds'>;

// ssh over port 443, for networks that let nothing else through.
const SSH_ALIASES = new Map([
  ['ssh.github.com', 'github.com'],
  ['altssh.gitlab.com', 'gitlab.com'],
]);
const USUAL_PORT = { https: '443', http: '80', ssh: '22' };

/** What the address says, or undefined where it cannot be a repository of a forge. */
export function forgeRepo({ url, protocol, host: given }: RepoUrl, { kinds }: Kinds): ForgeRepo | undefined {
  if (protocol === 'file') return undefined;
  // What is no URL is `user@host:path`.
  const address = url.includes('://') ? new URL(url) : undefined;
  const rawPath = address?.pathname ?? url.slice(url.indexOf(`${given}:`) + given.length + 1);
  const whole = decoded(rawPath)
    .replace(/^\//, '')
    .replace(/\.git$/, '');
  const web = protocol !== 'ssh';
  const host = SSH_ALIASES.get(given) ?? given;
  const port = address === undefined || address.port === '' ? USUAL_PORT[protocol] : address.port;
  const origin = web && address !== undefined ? address.origin : `https://${host}`;
  // Another port of the host may be anybody's. That of ssh says nothing of where the API is.
  const bare = web && port !== USUAL_PORT[protocol] ? [] : [host];
  const hosts = [`${host}:${port}`, ...bare];
  const below = folderOf({ hosts, web, whole, kinds });
  const path = whole.startsWith(`${below}/`) ? whole.slice(below.length + 1) : whole;
  const [, owner, name] = /^(.+)\/([^/]+)$/.exec(path) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  return { origin, root: below === '' ? origin : `${origin}/${below}`, hosts, owner, name, path, web };
}

/**
 * The path that the operator names for the forge, if the repository is below it; the longest of them, and empty where
 * there is none. Over ssh a repository has it, or does not.
 */
function folderOf({ hosts, web, whole, kinds }: Pick<ForgeRepo, 'hosts' | 'web'> & Kinds & { whole: string }): string {
  const folders = Object.keys(kinds)
    .filter((name) => hosts.includes(hostOf(name)))
    .map((name) => name.slice(hostOf(name).length + 1));
  const fits = folders.filter((folder) => !web || folder === '' || whole.startsWith(`${folder}/`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? '';
}

const hostOf = (name: string): string => name.split('/', 1)[0] ?? '';

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
const GITHUB_API = 'https://api.github.com';
/** GitHub's own servers for one company each. */
const TENANT = /^https:\/\/[a-z0-9-]+\.ghe\.com$/;

/**
 * What speaks at the repository's host: GitHub at the host of `githubApiUrl` alone (and, where that is github.com, at
 * its tenants of ghe.com), else by the operator's word, else one of the public forges. As there is one token of a kind,
 * no public forge is of a kind that `kinds` has a host of. Over plain http, where anybody on the way could read the
 * token, a forge is known only where the operator's word says so: by the scheme of `githubApiUrl`, or by a name in
 * `kinds` that has the port.
 */
export function forgeKind(
  { origin, root, hosts, owner, web }: ForgeRepo,
  { kinds, githubApiUrl }: Kinds & Pick<ForgeSettings, 'githubApiUrl'>,
): ForgeKind | undefined {
  const ours = new URL(gitOrigin(githubApiOf(origin, githubApiUrl)));
  const isOurs = web ? origin === ours.origin : new URL(origin).hostname === ours.hostname;
  const below = root.slice(origin.length);
  const names = origin.startsWith('https:') ? hosts : hosts.slice(0, 1);
  const listed = names.map((host) => host + below).find((name) => Object.hasOwn(kinds, name));
  const known = names.map((host) => KNOWN.get(host)).find((kind) => kind !== undefined);
  const free = known !== undefined && !Object.values(kinds).includes(known) ? known : undefined;
  const kind = (listed === undefined ? undefined : kinds[listed]) ?? (isOurs ? 'github' : free);
  if (kind === 'github' && !isOurs) return undefined;
  return kind !== 'gitlab' && owner.includes('/') ? undefined : kind;
}

/** Where the API of the GitHub at `origin` is. */
export const githubApiOf = (origin: string, githubApiUrl: string): string =>
  githubApiUrl === GITHUB_API && TENANT.test(origin) ? origin.replace('://', '://api.') : githubApiUrl;

/** Where the GitHub of that API keeps its repositories: an Enterprise server has both on one host. */
export function gitOrigin(apiUrl: string): string {
  const { protocol, host } = new URL(apiUrl);
  return `${protocol}//${host.replace(/^api\.(github\.com|[a-z0-9-]+\.ghe\.com)$/, '$1')}`;
}
