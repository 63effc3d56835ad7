import { expect, test } from '@jest/globals';
import { withCfAccess } from '../../../workers/cf-access.ts';

const both = { cfAccessClientId: 'id.access', cfAccessClientSecret: 'secret' };
const headers = 'CF-Access-Client-Id: id.access\nCF-Access-Client-Secret: secret';

test('the client of Cloudflare Access becomes two headers, behind those there are', () => {
  expect(withCfAccess({ PATH: '/bin' }, both)).toEqual({ PATH: '/bin', ANTHROPIC_CUSTOM_HEADERS: headers });
  expect(withCfAccess({ ANTHROPIC_CUSTOM_HEADERS: 'x: y' }, both).ANTHROPIC_CUSTOM_HEADERS).toBe(`x: y\n${headers}`);
});

test.each(['cfAccessClientId', 'cfAccessClientSecret'])('without %s the environment stays as it is', (missing) => {
  expect(withCfAccess({ PATH: '/bin' }, { ...both, [missing]: undefined })).toEqual({ PATH: '/bin' });
});
