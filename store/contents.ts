import { createHash } from 'node:crypto';
import { Failure } from '../contract/shared/failures.ts';
import type { ContentRef } from '../contract/workflow/session-state.ts';
import type { ObjectStore } from './object-store.ts';

/** Texts and pictures of messages that are too long to travel by Temporal, by the SHA-256 of their bytes. */
export class Contents {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Keeps `bytes`, the same ones once, for as long as if they were new. */
  async put(bytes: Uint8Array, media_type: string): Promise<ContentRef> {
    const sha256 = digest(bytes);
    await this.#store.put(keyOf(sha256), bytes);
    return { sha256, bytes: bytes.byteLength, media_type };
  }

  /** The bytes; throws `content_not_found` where they are gone, damaged, or were kept on another host. */
  async get({ sha256 }: Pick<ContentRef, 'sha256'>): Promise<Buffer> {
    const bytes = await this.#store.get(keyOf(sha256));
    if (bytes !== undefined && digest(bytes) === sha256) return bytes;
    throw new Failure('content_not_found', `The content ${sha256} of a message is not kept where this host looks.`);
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Throws for what is no digest, so that no key leads elsewhere. */
function keyOf(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Failure('invalid_request', 'A content is named by its SHA-256.');
  return `contents/${sha256.slice(0, 2)}/${sha256}`;
}
