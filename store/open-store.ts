import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import { S3Store } from './s3-store.ts';

interface StoreSettings {
  dataDir: string;
  sharedFsRoot: string | undefined;
  s3Url: string | undefined;
  s3Region: string;
  s3AccessKeyId: string | undefined;
  s3SecretAccessKey: string | undefined;
}

/**
 * The store that the configuration asks for: a bucket, else a shared file system, else the data directory. Throws
 * `invalid_config` for a bucket without a key.
 */
export function openStore(settings: StoreSettings): ObjectStore {
  const { dataDir, sharedFsRoot, s3Url: url, s3Region: region } = settings;
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = settings;
  if (url !== undefined) {
    if (accessKeyId !== undefined && secretAccessKey !== undefined)
      return new S3Store({ url, region, accessKeyId, secretAccessKey });
    const message =
      'AGENTICORE_S3_URL needs AGENTICORE_S3_ACCESS_KEY_ID and AGENTICORE_S3_SECRET_ACCESS_KEY: set them, or unset it.';
    throw new Failure('invalid_config', message);
  }
  return new FileStore(storeFolder({ dataDir, sharedFsRoot }), { isShared: sharedFsRoot !== undefined });
}

/** Where the objects are that are kept as files. */
export const storeFolder = ({
  dataDir,
  sharedFsRoot = dataDir,
}: Pick<StoreSettings, 'dataDir' | 'sharedFsRoot'>): string => join(sharedFsRoot, 'store');
