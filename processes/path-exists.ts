import { lstat } from 'node:fs/promises';

/** Whether something has this name, be it only a link into nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
