import { secret, setting } from '../setting.ts';
import { maybePath, path, text, url } from '../values.ts';

/** Redis and Temporal. */
export const SERVICES = {
  redisUrl: secret(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    'Redis server for the event logs; without it they are files in the data directory.',
  ),
  redisKeyPrefix: setting('REDIS_KEY_PREFIX', text, 'agenticore', 'Prefix of all Redis keys.'),
  temporalBinary: setting(
    'AGENTICORE_TEMPORAL_BINARY',
    maybePath,
    '',
    'The `temporal` program to start the embedded Temporal server with.',
  ),
  temporalUiUrl: setting(
    'AGENTICORE_TEMPORAL_UI_URL',
    url('http:', 'https:'),
    '',
    'Web UI of the Temporal cluster, for links to jobs.',
  ),
  cacheDir: setting(
    'XDG_CACHE_HOME',
    path,
    '~/.cache',
    'Cache directory; a downloaded or built Temporal server is kept in its agenticore/bin.',
  ),
};
