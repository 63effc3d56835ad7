import type { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { git } from './git.ts';
import { names } from './left-work.ts';
import { callLfs, LFS_REMOTE, settingsOf } from './lfs.ts';
import type { Remotes } from './remotes.ts';

/** The store of objects beside those of a mirror: jobs share it, and none of them can write there. */
export const storeIn = (gitDir: string): string => `${gitDir}/lfs`;

interface Place {
  /** A checkout that no agent has seen. */
  path: string;
  mirrorDir: string;
  repo: RepoUrl;
  remotes: Remotes;
  /** What is checked out. */
  sha: string;
}

/**
 * Brings the files in Git LFS of a checkout, all that the server has. Answers what is not there and why, as a sentence.
 * Fails `remote_unavailable` and `disk_full`.
 */
export async function bringLfsFiles(place: Place, signal?: AbortSignal): Promise<string | undefined> {
  const { path, mirrorDir, repo, remotes, sha } = place;
  const call = { dir: mirrorDir, repo, remotes, signal, action: `fetch the files in Git LFS of ${repo.url}` };
  const failure = await callLfs(['fetch', LFS_REMOTE, sha], call);
  if (failure !== undefined && isPassing(failure)) throw failure;
  const local = {
    action: 'check out the files in Git LFS',
    signal,
    config: [...settingsOf(repo), `lfs.storage=${storeIn(mirrorDir)}`],
  };
  await git(['-C', path, 'lfs', 'checkout'], local);
  if (failure === undefined) return undefined;
  const listed = await git(['-C', path, 'lfs', 'ls-files'], local);
  const missing = listed.split('\n').flatMap((line) => /^[0-9a-f]+ - (.+)$/.exec(line)?.[1] ?? []);
  return `These files in Git LFS are not in the checkout, which has their pointers: ${names(missing)}. ${failure.message}`;
}

/** Whether another try may help. */
export const isPassing = ({ type }: Failure): boolean =>
  type === 'remote_unavailable' || type === 'host_not_found' || type === 'disk_full';
