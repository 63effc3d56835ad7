import { secret, setting } from '../setting.ts';
import { maybePath, maybeText, path, text, url } from '../values.ts';

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
  s3Url: setting(
    'AGENTICORE_S3_URL',
    url('http:', 'https:'),
    '',
    'Bucket of a store with the API of S3 for the same, in place of a shared file system: https://<host>/<bucket>, with a folder in it or without.',
  ),
  s3Region: setting('AGENTICORE_S3_REGION', text, 'us-east-1', 'Region of that bucket.'),
  s3AccessKeyId: setting('AGENTICORE_S3_ACCESS_KEY_ID', maybeText, '', 'Access key for that bucket.'),
  s3SecretAccessKey: secret('AGENTICORE_S3_SECRET_ACCESS_KEY', maybeText, 'Its secret.'),
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
