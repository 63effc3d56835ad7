import { describe, expect, test } from '@jest/globals';
import { ApiKeys, digestOf } from '../../../contract/http/api-keys.ts';

const ownersOf = (text: string): string[] => ApiKeys.parse(text).map(({ owner }) => owner);

describe('AGENTICORE_API_KEYS', () => {
  test('takes keys with and without names, with space around the commas', () => {
    expect(ownersOf('alice=one, Bob.2_x-y=two ,three,')).toEqual([
      'alice',
      'Bob.2_x-y',
      `key-${digestOf('three').toString('hex').slice(0, 8)}`,
    ]);
    expect(ownersOf('')).toEqual([]);
  });

  test('keeps what keys hash to, and not the keys', () => {
    const [key] = ApiKeys.parse('alice=one');
    expect(key).toEqual({ owner: 'alice', digest: digestOf('one') });
  });

  test('takes the padding of base64 for a part of the key', () => {
    for (const plain of ['c2VjcmV0MQ==', 'c2VjcmV0MTI=']) {
      expect(ownersOf(plain)).toEqual([expect.stringMatching(/^key-/)]);
      expect(ApiKeys.parse(`ci=${plain}`)).toEqual([{ owner: 'ci', digest: digestOf(plain) }]);
    }
  });

  test('lets one owner have several keys, so that keys can be changed', () => {
    expect(ownersOf('ci=old,ci=new')).toEqual(['ci', 'ci']);
  });

  test.each([
    "o'neill=key",
    'a b=key',
    `${'n'.repeat(65)}=key`,
    '=key',
    'alice=',
    'alice=,bob=key',
    'ci-deployer=',
    ',',
    ' , ',
    'ci=k y',
    'kéy',
    'ci=k\u0000',
    'a=same,b=same',
  ])('refuses %j', (text) => {
    expect(ApiKeys.safeParse(text)).toMatchObject({ success: false });
  });
});
