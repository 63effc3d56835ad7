import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../processes/path-exists.ts';
import { shallowIn } from './mirror-store.ts';

/** What the fresh checkout at `path` lacks of its repository, each as a sentence. */
export async function leftOut(path: string): Promise<string[]> {
  const attributes = await readFile(join(path, '.gitattributes'), 'utf8').catch(() => '');
  const found = [
    [/\bfilter=lfs\b/.test(attributes), LFS],
    [await exists(join(path, '.gitmodules')), SUBMODULES],
    [await exists(shallowIn(join(path, '.git'))), SHALLOW],
  ] as const;
  return found.flatMap(([is, sentence]) => (is ? [sentence] : []));
}

const LFS =
  'The repository keeps files in Git LFS. They are not downloaded: the checkout has their pointers, and new files under these patterns are not uploaded.';
const SUBMODULES = 'The repository has submodules. They are not checked out: their folders are empty.';
const SHALLOW = 'The repository is shallow: its history is cut off.';
