import { readFile } from 'node:fs/promises';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { callLfs, LFS_REMOTE } from './lfs.ts';
import type { Remotes } from './remotes.ts';
import { objectsListIn } from './lfs-commit.ts';

/**
 * Uploads the new objects in Git LFS of the commit to deliver, less those that the server has. To be called before it
 * is pushed; may be repeated. Fails as a push does, or `lfs_failed`.
 */
export async function uploadLfsObjects(
  remotes: Remotes,
  repo: RepoUrl,
  checkout: string,
  signal?: AbortSignal,
): Promise<void> {
  const input = await readFile(objectsListIn(checkout), 'utf8').catch(() => '');
  if (input === '') return;
  const dir = deliveryRepository(checkout);
  const action = `upload the files in Git LFS to ${repo.url}`;
  const failure = await callLfs(['push', '--object-id', LFS_REMOTE, '--stdin'], {
    dir,
    repo,
    remotes,
    action,
    signal,
    input,
  });
  if (failure !== undefined) throw failure;
}
