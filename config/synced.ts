import { join } from 'node:path';

/** What is fetched from repositories, by the names of the Python agenticore. */
export const SYNC_TARGETS = ['bundle', 'agentihooks', 'agentihub', 'package'] as const;
export type SyncTarget = (typeof SYNC_TARGETS)[number];

/** Where the version in use of what is fetched lies: a link to its folder. */
export const syncedDir = ({ dataDir }: { dataDir: string }, target: SyncTarget): string =>
  join(dataDir, 'synced', target, 'current');
