import { secret, setting } from '../setting.ts';
import { maybePath, path, text, url } from '../values.ts';

/** Redis, Temporal and the store of sessions. */
export const SERVICES = {
  redisUrl: secret(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    'Redis server for the event logs; without it they are files in the data directory.',
  ),
  redisKeyPrefix: setting('REDIS_KEY_PREFIX', text, 'agenticore', 'Prefix of all Redis keys.'),
  sharedFsRoot: setting(
    'AGENTICORE_SHARED_FS_ROOT',
    maybePath,
    '',
    'Directory on a file system that all hosts share; in it are kept long messages and the transcripts of sessions, so that a session whose host is gone goes on elsewhere. Without it they are in the data directory.',
  ),
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
