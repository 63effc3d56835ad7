import type { EventLog } from './event-log.ts';
import { FileLog } from './file-log.ts';
import { RedisLog } from './redis-log.ts';

export interface EventLogSettings {
  /** For the file log. */
  directory: string;
  /** Empty: no Redis. */
  redis_url: string;
  redis_key_prefix: string;
}

/** The event log of this process: in Redis where there is a `redis_url`, else on this disk. */
export function openEventLog({ directory, redis_url, redis_key_prefix }: EventLogSettings): EventLog {
  return redis_url === '' ? new FileLog(directory) : new RedisLog({ url: redis_url, prefix: redis_key_prefix });
}
