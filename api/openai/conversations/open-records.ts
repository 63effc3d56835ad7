import { join } from 'node:path';
import type { Config } from '../../../config/index.ts';
import { FileRecords } from './file-records.ts';
import type { Records } from './records.ts';
import { RedisRecords } from './redis-records.ts';

/** The records of a server: in Redis, else in files of its data directory. */
export function openRecords(
  { redisUrl, redisKeyPrefix, dataDir }: Pick<Config, 'redisUrl' | 'redisKeyPrefix' | 'dataDir'>,
  ttlS?: number,
): Records {
  if (redisUrl !== undefined) return new RedisRecords(redisUrl, redisKeyPrefix, ttlS);
  return new FileRecords(join(dataDir, 'chat', ttlS === undefined ? 'settings' : 'turns'), ttlS);
}
