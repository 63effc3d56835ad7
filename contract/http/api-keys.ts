import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * Whose jobs are whose. It stands in visibility queries and in fairness keys, so it can hold nothing that means
 * something there.
 */
export const OwnerName = z.string().regex(/^[a-z0-9._-]{1,64}$/i);

/** A key of the API as it is kept: whom it makes its bearer, and what it hashes to. */
export interface ApiKey {
  owner: string;
  /** SHA-256; the key itself is not kept. */
  digest: Buffer;
}

/** What an API key is compared by. */
export const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** `key` or `name=key`, separated by commas. A key without a name has an owner that is derived from it. */
export const ApiKeys = z.string().transform((text, context): readonly ApiKey[] => {
  const entries = text.split(',').map((entry) => entry.trim());
  const keys = entries.filter(Boolean).map(parseKey);
  const refuse = (message: string): never[] => {
    context.addIssue({ code: 'custom', message });
    return [];
  };
  if (keys.includes(undefined))
    return refuse(
      'must be keys separated by commas, each `key` or `name=key`: a key is of visible ASCII characters, and not absent after its name; a name of up to 64 letters, digits, dots, dashes and underscores',
    );
  // Whoever set it wants keys: a shell variable in it was empty.
  if (text !== '' && keys.length === 0) return refuse('must contain a key');
  const read = keys.filter((key) => key !== undefined);
  if (new Set(read.map(({ digest }) => digest.toString('hex'))).size < read.length)
    return refuse('must not contain a key twice');
  return read;
});

function parseKey(entry: string): ApiKey | undefined {
  // What a key ends in may be the padding of base64.
  const [, name, key = ''] = /^([^=]*)=(?=[^=])(.*)$/.exec(entry) ?? [undefined, undefined, entry];
  if (name === undefined && key.endsWith('=') && !isBase64(key)) return undefined;
  if (!/^[\x21-\x7e]+$/.test(key) || (name !== undefined && !OwnerName.safeParse(name).success)) return undefined;
  const digest = digestOf(key);
  return { owner: name ?? `key-${digest.toString('hex').slice(0, 8)}`, digest };
}

/**
 * Whether it is all of at least 7 bytes: no name that is written as a name, with its key forgotten, is taken for one.
 */
function isBase64(text: string): boolean {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  return text.length >= 12 && Buffer.from(plain, 'base64').toString('base64') === plain;
}
