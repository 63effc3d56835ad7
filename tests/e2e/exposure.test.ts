import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createPlace, removePlace } from '../support/place.ts';
import { startProduct } from '../support/product.ts';

test.each([
  ['AGENTICORE_HOST', 'no.such.host.invalid'],
  ['AGENTICORE_HOST', '192.0.2.1'],
  ['AGENTICORE_DEFAULT_PROFILE', 'nope'],
])('serve with the wrong %s=%s does not start, and names it', async (variable, value) => {
  const place = await createPlace({ AGENTICORE_ALLOW_ANONYMOUS: 'true', [variable]: value });
  try {
    await expect(startProduct('serve', place.env)).rejects.toThrow(new RegExp(`error: ${variable} .*${value}`));
  } finally {
    await removePlace(place);
  }
});

test('serve without keys does not start on an address that others reach: it says what to set, and leaves nothing', async () => {
  const place = await createPlace({ AGENTICORE_HOST: '0.0.0.0' });
  try {
    await expect(startProduct('serve', place.env)).rejects.toThrow(/AGENTICORE_HOST 0\.0\.0\.0 .*AGENTICORE_API_KEYS/s);
    expect(existsSync(join(place.dir, 'data', 'temporal.db'))).toBe(false);
  } finally {
    await removePlace(place);
  }
});
