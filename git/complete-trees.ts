import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { withLock } from '../processes/file-lock.ts';
import { progressReader } from './fetch-progress.ts';
import { git, type GitOptions } from './git.ts';
import { mirrorDir } from './mirror.ts';
import { lockIn } from './mirror-store.ts';
import { isPartial, sourceOf } from './partial-mirror.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/** Contents that are fetched at once: what has come stays when a later fetch breaks off. */
const AT_ONCE = 50_000;

/** A file is asked for by its id, so that what the filter says of it does not count. */
const FILTER = 'blob:none';

/**
 * Brings into a partial mirror the contents of all files that the commits have; nothing where the mirror is whole.
 * Fails as a fetch does, and `repo_incomplete` where the remote gives out whole commits only. `onProgress` hears now
 * and then how far it is.
 */
export async function completeTrees(
  remotes: Remotes,
  repo: RepoUrl,
  commits: readonly string[],
  signal?: AbortSignal,
  onProgress: (text: string) => void = () => undefined,
): Promise<void> {
  const dir = mirrorDir(remotes.reposRoot, repo);
  if (commits.length === 0 || !(await isPartial(dir))) return;
  const complete = async (lock: number): Promise<void> => {
    const missing = await missingIn(dir, commits, { signal, lock });
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      const action = `fetch the files of ${repo.url}`;
      const remote = await remoteOptions(remotes, repo, action, signal);
      const options = { ...remote, lock, onStderr: progressReader(onProgress) };
      await fetchObjects(dir, repo, missing.slice(from, from + AT_ONCE), options);
    }
  };
  await withLock(lockIn(join(remotes.reposRoot, repo.key)), complete, { signal });
}

async function missingIn(
  dir: string,
  commits: readonly string[],
  held: Pick<GitOptions, 'signal' | 'lock'>,
): Promise<string[]> {
  const trees = commits.map((sha) => `${sha}^{tree}`);
  const look = ['rev-list', '--objects', '--quiet', '--missing=print', '--end-of-options', ...trees];
  const listed = await git(['--git-dir', dir, ...look], { action: 'read the mirror', ...held });
  return listed.split('\n').flatMap((line) => (line.startsWith('?') ? line.slice(1) : []));
}

async function fetchObjects(dir: string, repo: RepoUrl, ids: string[], remote: GitOptions): Promise<void> {
  const { flags, name, config } = sourceOf(repo, FILTER);
  const options: GitOptions = {
    ...remote,
    // What is here already says nothing about what is missing.
    config: [...(remote.config ?? []), ...config, 'fetch.negotiationAlgorithm=noop'],
    input: `${ids.join('\n')}\n`,
  };
  const quiet = ['--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules'];
  const fetch = ['fetch', '--progress', ...quiet, ...flags, '--stdin', '--end-of-options', name];
  await git(['--git-dir', dir, ...fetch], options).catch((error: unknown) => {
    if (!(error instanceof Failure && error.type === 'ref_not_found')) throw error;
    throw new Failure(
      'repo_incomplete',
      `${repo.url} does not give out single files; remove AGENTICORE_CLONE_FILTER from the settings of the workers.`,
    );
  });
}
