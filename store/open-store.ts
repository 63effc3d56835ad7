import { join } from 'node:path';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';

/** The store that the configuration asks for: on a shared file system, else in the data directory. */
export const openStore = ({
  dataDir,
  sharedFsRoot,
}: {
  dataDir: string;
  sharedFsRoot: string | undefined;
}): ObjectStore =>
  sharedFsRoot === undefined
    ? new FileStore(join(dataDir, 'store'), { isShared: false })
    : new FileStore(join(sharedFsRoot, 'store'), { isShared: true });
