import type { RepoUrl } from '../contract/http/repo-url.ts';
import { git, tryGit, type GitOptions } from './git.ts';

/** How git names objects. */
export type ObjectFormat = 'sha1' | 'sha256';

/** The format of a full object id. */
export const formatOf = (sha: string): ObjectFormat => (sha.length === 64 ? 'sha256' : 'sha1');

/** What a remote says of its HEAD before anything is fetched. */
export interface RemoteHead {
  /** The branch that HEAD names, also where that has no commit yet; undefined where HEAD is detached or unknown. */
  branch: string | undefined;
  /** The commit at HEAD; undefined where there is none. */
  sha: string | undefined;
  format: ObjectFormat;
}

/** The command that asks the remote. */
export const askHead = (repo: RepoUrl): string[] => ['ls-remote', '--symref', '--end-of-options', repo.url, 'HEAD'];

/** Asks the remote; fails as `git` does. */
export async function readRemoteHead(repo: RepoUrl, remote: Omit<GitOptions, 'action'>): Promise<RemoteHead> {
  return headIn(await git(askHead(repo), { ...remote, action: `read ${repo.url}` }), repo, remote);
}

/** What `listed`, the remote's answer, says. */
export async function headIn(listed: string, repo: RepoUrl, remote: Omit<GitOptions, 'action'>): Promise<RemoteHead> {
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1];
  const sha = /^([0-9a-f]{40}|[0-9a-f]{64})\tHEAD$/m.exec(listed)?.[1];
  if (sha !== undefined) return { branch, sha, format: formatOf(sha) };
  // What a remote says of a HEAD without a commit, git prints nowhere but in its trace.
  const options = { ...remote, action: `read ${repo.url}`, env: { GIT_TRACE_PACKET: '1' } };
  const { stderr } = await tryGit(askHead(repo), options);
  return {
    branch: /\bunborn HEAD symref-target:refs\/heads\/(\S+)/.exec(stderr)?.[1],
    sha,
    format: /\bobject-format=sha256\b/.test(stderr) ? 'sha256' : 'sha1',
  };
}
