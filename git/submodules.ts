import { dirname } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { tryGit } from './git.ts';

/** A submodule as `.gitmodules` registers it: whatever a stranger wrote there. */
export interface Registered {
  name: string;
  path: string;
  url: string;
}

/** Checks an address by the rules of the host; throws a Failure. */
export type RepoOf = (address: string) => RepoUrl;

/** Longest name or address that is shown. */
const MAX_SHOWN = 200;

const commands = (): Failure =>
  new Failure('blocked_host', 'Its .gitmodules has a command to run as `update`, which git refuses.');

/**
 * The submodules that `.gitmodules` of a commit registers, by their paths; `dir` is one that no agent can write. Throws
 * a Failure where it would have commands run.
 */
export async function registeredIn(dir: string, sha: string, signal?: AbortSignal): Promise<Map<string, Registered>> {
  const look = ['config', '--blob', `${sha}:.gitmodules`, '-z', '--get-regexp', '^submodule\\..*\\.(path|url|update)$'];
  // One that is missing or damaged registers nothing.
  const { stdout } = await tryGit(['--git-dir', dir, ...look], { action: 'read .gitmodules', signal });
  const found = new Map<string, Partial<Registered & { update: string }>>();
  for (const entry of stdout.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url|update)\n(.*)$/s.exec(entry) ?? [];
    if (name !== undefined && key !== undefined) found.set(name, { ...found.get(name), name, [key]: value });
  }
  // Git refuses to work at all with submodules of such a file.
  if ([...found.values()].some(({ update }) => update?.startsWith('!'))) throw commands();
  const whole = [...found.values()].flatMap(({ name = '', path, url }): [string, Registered][] =>
    path === undefined || url === undefined ? [] : [[path.replace(/\/$/, ''), { name, path, url }]],
  );
  return new Map(whole);
}

/**
 * The repository of a submodule, where it is on the same host as the repository that the job is about: no other one is
 * spoken to. Throws a Failure that says why not.
 */
export function submoduleRepo(url: string, of: RepoUrl, top: RepoUrl, repoOf: RepoOf): RepoUrl {
  const elsewhere = (): Failure =>
    new Failure('blocked_host', `Its address ${shownText(redact(url))} is not on the host of the repository.`);
  let repo: RepoUrl;
  try {
    repo = repoOf(absolute(url, of));
  } catch {
    throw elsewhere();
  }
  if (placeOf(repo, top) !== placeOf(top, top)) throw elsewhere();
  return repo;
}

/** An address as git resolves it against that of the repository. */
function absolute(url: string, { url: of }: RepoUrl): string {
  if (!/^\.\.?\//.test(url)) return url;
  let [base, rest, separator] = [of.replace(/\/$/, ''), url, '/'];
  for (let step = /^(\.\.?)\//.exec(rest); step !== null; step = /^(\.\.?)\//.exec(rest)) {
    rest = rest.slice(step[0].length);
    if (step[1] === '.') continue;
    const at = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
    separator = base[at] ?? '/';
    base = base.slice(0, Math.max(at, 0));
  }
  return `${base}${separator}${rest}`;
}

/** Scheme, user and host; of local repositories the folder, within which all counts as one host. */
function placeOf({ url, protocol }: RepoUrl, top: RepoUrl): string {
  if (protocol === 'file') return url.startsWith(`${dirname(top.url)}/`) ? dirname(top.url) : '';
  const [, scp] = /^([^/]+):(?!\/\/)/.exec(url) ?? [];
  if (scp !== undefined) return `ssh://${scp}`;
  const { protocol: scheme, username, host } = new URL(url);
  return `${scheme}//${username && `${username}@`}${host}`;
}

/** What a stranger wrote, in one line that ends. */
export const shownText = (text: string): string => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?').slice(0, MAX_SHOWN);
