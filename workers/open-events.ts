import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import type { EventLog } from '../events/event-log.ts';
import { openEventLog } from '../events/create-event-log.ts';

/** The event log that `config` asks for: Redis where REDIS_URL is set, else files in the data directory. */
export const openEvents = ({ dataDir, redisUrl = '', redisKeyPrefix, keepEventsDays }: Config): EventLog =>
  openEventLog({
    directory: join(dataDir, 'events'),
    redis_url: redisUrl,
    redis_key_prefix: redisKeyPrefix,
    redis_ttl_s: keepEventsDays * 86_400,
  });
