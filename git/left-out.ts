import { join } from 'node:path';
import { exists } from '../processes/path-exists.ts';
import { readCompletion } from './completion.ts';
import { shallowIn } from './mirror-store.ts';

/** What the checkout at `path` lacks of its repository, each as a sentence. */
export async function leftOut(path: string): Promise<string[]> {
  const lacks = readCompletion(path)?.lacks ?? [];
  return (await exists(shallowIn(join(path, '.git')))) ? [...lacks, SHALLOW] : lacks;
}

const SHALLOW = 'The repository is shallow: its history is cut off.';
