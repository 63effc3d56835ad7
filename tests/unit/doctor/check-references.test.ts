import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../../config/index.ts';
import { checkReferences } from '../../../doctor/check-references.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let data: ProfileFolder;
let said: string;
beforeEach(() => {
  data = createProfileFolder();
  said = '';
});
afterEach(() => data.remove());

const check = (env: Record<string, string> = {}): Promise<void> => {
  const log = pino({}, { write: (line: string) => (said += line) });
  return checkReferences(loadConfig({ AGENTICORE_DATA_DIR: data.root, ...env }), log);
};

describe('a start is refused by the name of the setting', () => {
  test('where the default profile, or that of a rule, does not exist', async () => {
    data.write({ 'config.yml': 'default_profile: nope\nroutes:\n  - {words: [a], profile: gone}\n' });
    await expect(check()).rejects.toMatchObject({
      type: 'invalid_config',
      message: [
        'AGENTICORE_DEFAULT_PROFILE names the profile "nope", which does not exist. There are: code, review.',
        'rule 1 of routes in config.yml names the profile "gone", which does not exist. There are: code, review.',
      ].join('\n'),
    });
  });

  test.each(['AGENTICORE_AGENTIHOOKS_PATH', 'AGENTICORE_MCP_FILES_DIR', 'AGENTICORE_DEFAULT_MCP_FILE'])(
    'where %s names what is not there',
    async (variable) => {
      data.write({ 'config.yml': '' });
      const named = [join(data.root, 'nowhere'), ...(variable.endsWith('FILE') ? [] : [join(data.root, 'config.yml')])];
      for (const path of named)
        await expect(check({ [variable]: path })).rejects.toMatchObject({
          type: 'invalid_config',
          message: expect.stringMatching(new RegExp(`^${variable} must name a .*${path}`)),
        });
    },
  );
});

test('a start goes on with a rule that says auto, and with a default profile that has a mistake, of which it warns', async () => {
  data.write({ 'config.yml': 'routes:\n  - {words: [a], profile: auto}\n', 'profiles/code.yml': 'spede: 1\n' });
  await expect(check()).resolves.toBeUndefined();
  expect(said).toContain('code.yml:1: spede is not a field of a profile');
});
