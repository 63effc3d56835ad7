import { timingSafeEqual } from 'node:crypto';
import { digestOf, type ApiKey } from '../../contract/http/api-keys.ts';

/** The owner of the key that `secret` is, or undefined. How long that takes tells nothing about any key. */
export function findOwner(keys: readonly ApiKey[], secret: string): string | undefined {
  const shown = digestOf(secret);
  let owner: string | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, shown)) owner = key.owner;
  return owner;
}
