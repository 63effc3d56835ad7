import type { Credentials } from '../contract/shared/credentials.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { pinned } from './dns-pinning.ts';
import type { GitOptions } from './git.ts';
import { isTrusted } from './local-owner.ts';

/** How this host speaks to remotes. */
export interface Remotes {
  /** Folder of the cached mirrors; may be shared by several processes. */
  reposRoot: string;
  /** Asked before each command that speaks to the remote, so that a token may be minted for it. */
  credentialsFor: (repo: RepoUrl) => Promise<Credentials | undefined>;
  /** How long a command that speaks to a remote may be silent; default: 5 minutes. */
  timeoutMs?: number;
  /** What mirrors leave out, as a filter-spec of git; nothing when absent. */
  cloneFilter?: string | undefined;
}

export const REMOTE_TIMEOUT_MS = 5 * 60_000;

/** How git speaks to the remote now: with credentials that are made for this one time. */
export async function remoteOptions(
  remotes: Remotes,
  repo: RepoUrl,
  action: string,
  signal: AbortSignal | undefined,
): Promise<GitOptions> {
  return {
    action,
    signal,
    remote: { url: repo.url, protocol: repo.protocol, trusted: await isTrusted(repo) },
    config: await pinned(repo),
    credentials: await remotes.credentialsFor(repo),
    timeoutMs: remotes.timeoutMs ?? REMOTE_TIMEOUT_MS,
  };
}
