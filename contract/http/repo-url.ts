/**
 * What may be named as a repository. No zod and no I/O: the API checks with it, the git layer trusts it.
 */
import { createHash } from 'node:crypto';
import { Failure, type FailureType } from '../shared/failures.ts';
import { isGitRef, REF_AND_PATH } from './git-ref.ts';
import { readPasted } from './pasted-address.ts';
import { isPrivateHost } from './repo-host.ts';

/** What an operator permits beyond public https and ssh. */
export interface RepoRules {
  /** Absolute paths and file:// (AGENTICORE_ALLOW_LOCAL_REPOS). */
  allowLocal: boolean;
  /**
   * `host` or `host:port` of private hosts, and of hosts that may be spoken to by plain http
   * (AGENTICORE_ALLOWED_REPO_HOSTS).
   */
  allowedHosts: readonly string[];
}

/** A repository address in its one spelling; safe as an argument of git. */
export interface RepoUrl {
  /** What git is given; never holds a password. An absolute path for a local repository. */
  url: string;
  protocol: 'https' | 'ssh' | 'http' | 'file';
  /** Lower-case host without port; empty for a local repository. */
  host: string;
  /** Whether the operator listed the host, so that it may have a private address. */
  listed: boolean;
  /** The ref whose page was given in place of the repository; see `REF_AND_PATH`. */
  ref?: string;
  /** 12 hex digits that name the repository's cache: equal for spellings of one repository. */
  key: string;
}

const MAX_URL = 2_000;
const CONTROL = /[\u0000-\u001f\u007f]/;
const ADDRESS = /^(https?|ssh):\/\/(?:([^/@]*)@)?([^/@?#\\\s]+)\/([^?#\\\s]+)$/i;
const SCP_LIKE = /^(?:([^/@:\s]*)@)?([^/@:\s[\]]+|\[[^\]\s]+\]):([^\\\s]+)$/;
/** What stands before a colon and is not a host. */
const SCHEME = /^(https?|ssh|git|ftps?|file|javascript|data):/i;
const SSH_USER = /^[a-z0-9_][a-z0-9_.-]*$/i;

const refuse = (sentence: string, code: FailureType = 'invalid_request'): never => {
  throw new Failure(code, sentence, { field: 'repo_url' });
};

/**
 * Checks and canonicalises what a user gave as a repository, also a page of its web site. Where it may not be used:
 * `blocked_host` for a private host that is not listed, else `invalid_request`, with the remedy.
 */
export function parseRepoUrl(text: string, rules: RepoRules): RepoUrl {
  if (text.length > MAX_URL) return refuse(`repo_url is longer than ${MAX_URL} characters`);
  if (CONTROL.test(text.trim())) return refuse('repo_url contains control characters; give one plain URL');
  const { address, ref } = readPasted(text, refuse);
  const repo = parseAny(address, rules);
  if (ref === undefined) return repo;
  if (!isGitRef(ref.replace(REF_AND_PATH, '')))
    return refuse(`repo_url is the page of something that is no branch, tag or commit; the repository is ${repo.url}`);
  return { ...repo, ref };
}

function parseAny(text: string, rules: RepoRules): RepoUrl {
  if (/^\/|^file:/i.test(text)) return parseLocal(text, rules);
  const address = ADDRESS.exec(text);
  if (address !== null) return parseAddress(address, rules);
  const scp = text.includes('://') || text.includes('::') || SCHEME.test(text) ? null : SCP_LIKE.exec(text);
  if (scp !== null && !text.startsWith('-')) return parseScpLike(scp, rules);
  return refuse('repo_url must look like https://host/org/repo, ssh://git@host/org/repo or git@host:org/repo');
}

function parseLocal(text: string, rules: RepoRules): RepoUrl {
  if (!rules.allowLocal)
    return refuse(
      'repo_url: local repositories are not allowed; set AGENTICORE_ALLOW_LOCAL_REPOS=true to allow paths and file:// URLs',
    );
  const path = text.startsWith('/') ? text : filePath(text);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || parts.length === 0) return refuse('repo_url must be an absolute path without ".."');
  const url = `/${parts.join('/')}`;
  return { url, protocol: 'file', host: '', listed: true, key: keyOf(url) };
}

function filePath(text: string): string {
  const encoded = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(text)?.[1];
  try {
    const path = decodeURIComponent(encoded ?? '');
    if (path !== '' && !CONTROL.test(path)) return path;
  } catch {
    // falls through to the one sentence
  }
  return refuse('repo_url must look like file:///absolute/path');
}

function parseAddress([, scheme = '', user, authority = '', path = '']: RegExpExecArray, rules: RepoRules): RepoUrl {
  const protocol = scheme.toLowerCase() as 'https' | 'http' | 'ssh';
  if (protocol !== 'ssh' && user !== undefined) {
    return refuse('repo_url must not contain a user name or password; put credentials into GITHUB_TOKEN');
  }
  const { host, port, listed } = checkHost(protocol, authority, rules);
  const clean = cleanPath(path);
  const base = `${protocol}://${protocol === 'ssh' ? `${sshUser(user)}@` : ''}${host}${port}/`;
  return { url: base + clean, protocol, host, listed, key: keyOf(base + clean.replace(/\.git$/, '')) };
}

// `host:path` is relative to the login's home on a plain ssh server, so it is kept apart from ssh://host/path.
function parseScpLike([, user, authority = '', path = '']: RegExpExecArray, rules: RepoRules): RepoUrl {
  const { host, listed } = checkHost('ssh', authority, rules);
  const base = `${sshUser(user)}@${host}:${path.startsWith('/') ? '/' : ''}`;
  const clean = cleanPath(path.replace(/^\/+/, ''));
  return { url: base + clean, protocol: 'ssh', host, listed, key: keyOf(base + clean.replace(/\.git$/, '')) };
}

function sshUser(user = 'git'): string {
  return SSH_USER.test(user) ? user : refuse('repo_url must name a plain ssh user without a password, such as git@');
}

function cleanPath(path: string): string {
  const clean = path.replace(/\/{2,}/g, '/').replace(/^\/|\/$/g, '');
  const parts = clean.split('/').map((part) => part.replace(/%2e/gi, '.'));
  if (clean === '' || clean.startsWith('-') || parts.some((part) => part === '..' || part === '.')) {
    return refuse('repo_url must contain a plain path of a repository, without . and ..');
  }
  return clean;
}

function checkHost(
  protocol: 'https' | 'http' | 'ssh',
  authority: string,
  rules: RepoRules,
): { host: string; port: string; listed: boolean } {
  // Read as https whatever the scheme: only then the parser brings numbers, escapes and other alphabets to one
  // spelling.
  const asHttps = `https://${authority}/`;
  if (!URL.canParse(asHttps)) return refuse('repo_url does not contain a valid host');
  const host = new URL(asHttps).hostname.replace(/\.+$/, '');
  const given = /:(\d+)$/.exec(authority)?.[1];
  const usual = { https: '443', http: '80', ssh: '22' }[protocol];
  const port = given === undefined || Number(given) === Number(usual) ? '' : `:${Number(given)}`;
  if (host === '' || host.startsWith('-')) return refuse('repo_url does not contain a valid host');
  const names = [host, host.replace(/^\[|\]$/g, ''), host + (port === '' ? `:${usual}` : port)];
  const listed = rules.allowedHosts.some((allowed) => names.includes(allowed.trim().toLowerCase()));
  if (!listed && isPrivateHost(host)) {
    return refuse(
      `repo_url: ${host} is a private host; add it to AGENTICORE_ALLOWED_REPO_HOSTS to allow it`,
      'blocked_host',
    );
  }
  if (!listed && protocol === 'http')
    return refuse(`repo_url: http:// is not encrypted; use https:// or add ${host} to AGENTICORE_ALLOWED_REPO_HOSTS`);
  return { host, port, listed };
}

function keyOf(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex').slice(0, 12);
}
