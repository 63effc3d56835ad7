import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createPlace, removePlace } from '../support/place.ts';
import { startProduct } from '../support/product.ts';

test('serve without keys does not start on an address that others reach: it says what to set, and leaves nothing', async () => {
  const place = await createPlace({ AGENTICORE_HOST: '0.0.0.0' });
  try {
    await expect(startProduct('serve', place.env)).rejects.toThrow(/AGENTICORE_HOST 0\.0\.0\.0 .*AGENTICORE_API_KEYS/s);
    expect(existsSync(join(place.dir, 'data', 'temporal.db'))).toBe(false);
  } finally {
    await removePlace(place);
  }
});
