import type { EventLog } from './event-log.ts';
import { FileLog } from './file-log.ts';
import { RedisLog } from './redis-log.ts';

export interface EventLogSettings {
  /** For the file log. */
  directory: string;
  /** Empty: no Redis. */
  redis_url: string;
  redis_key_prefix: string;
  /** Seconds for which Redis keeps a stream after its last event; files stay. */
  redis_ttl_s: number;
}

/** The event log of this process: in Redis where there is a `redis_url`, else on this disk. */
export function openEventLog({ directory, redis_url, redis_key_prefix, redis_ttl_s }: EventLogSettings): EventLog {
  if (redis_url === '') return new FileLog(directory);
  return new RedisLog({ url: redis_url, prefix: redis_key_prefix, ttl_s: redis_ttl_s });
}
