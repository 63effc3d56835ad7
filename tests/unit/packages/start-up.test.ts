import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadPackages } from '../../../packages/load.ts';
import { runBootstrap, runStartUp } from '../../../packages/start-up.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

interface Line {
  fields: { script?: string; output?: string; package?: string };
  message: string;
}

test('scripts run in order with the variables that they may know, and what they say is logged', async () => {
  folder.write({
    'helper/command.yml': 'env: [WANTED]\n',
    'helper/runners/20-second.py': 'import os; print("second", os.environ.get("SECRET", "nothing"))',
    'helper/runners/10-first.sh': 'echo "first $WANTED $PWD $AGENT_MODE_PACKAGE_DIR" && exit 3',
    'helper/runners/README.md': 'no script',
    'boot.sh': 'echo "boot ${SECRET:-nothing}"',
  });
  const settings = {
    ...{ folders: [{ dir: join(folder.root, 'helper') }], bundled: '', agent: undefined, readable: undefined },
    ...{ workingFolder: undefined, appendSystemPrompt: true, timeoutS: 60, defaultAgent: 'claude' as const },
  };
  const [helper] = (await loadPackages(settings)).packages;
  const lines: Line[] = [];
  const log = {
    info: (fields: object, message: string) => void lines.push({ fields, message }),
    warn: (fields: object, message: string) => void lines.push({ fields, message }),
  };
  const env = { PATH: process.env.PATH, WANTED: 'wanted', SECRET: 'secret' };
  await runBootstrap(join(folder.root, 'boot.sh'), { env, log });
  await runStartUp(helper!, { env, log });
  const { dir } = helper!;
  expect(lines.map(({ fields, message }) => [fields.package, fields.output, message])).toEqual([
    [undefined, 'boot nothing', 'a start-up script has ended'],
    ['helper', `first wanted ${dir} ${dir}`, 'a start-up script ended with exit code 3'],
    ['helper', 'second nothing', 'a start-up script has ended'],
  ]);
});
