import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import type { ResolvedProfile } from '../../../profiles/profile.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

const text = readFileSync(join(packageRoot, 'docs', 'profiles.md'), 'utf8');
const [node = '', short = '', commits = '', approvals = '', ...more] = [
  ...text.matchAll(/^```yaml\n([^]*?)^```$/gm),
].map(([, yaml = '']) => yaml);

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

async function resolved(yaml: string): Promise<ResolvedProfile> {
  folder.write({ 'x.yml': yaml });
  const found = await loadProfiles([join(packageRoot, 'profiles'), folder.root]);
  expect(found.problems).toEqual([]);
  return resolveProfile(found, 'x');
}

/** The defaults in the table of fields. */
const defaults = Object.fromEntries(
  [...text.matchAll(/^\| `((?:setup|verify)\.[\w.]+)` +\| ([^|]*)\|/gm)].map(([, field = '', value = '']) => [
    field,
    value.trim().replaceAll('`', ''),
  ]),
);

describe('docs/profiles.md', () => {
  test('has examples that are profiles', async () => {
    expect(more).toEqual([]);
    expect(await resolved(commits)).toMatchObject({ branch_prefix: 'feature/bot-', commits: { signing: 'ssh' } });
    expect(await resolved(approvals)).toMatchObject({ approvals: { deny: ['Bash(rm:*)'], timeout_s: 3_600 } });
    expect(await resolved(node)).toMatchObject({
      setup: { timeout_s: 600, cache: { key: ['package-lock.json'], paths: ['node_modules'] } },
      verify: { run: ['npm run lint --if-present', 'npm test'], max_fixes: 2, on_failure: 'draft' },
    });
  });

  test('has a short form with the defaults that its table says', async () => {
    const { verify } = await resolved(short);
    expect(verify?.run).toEqual(['make test']);
    const { timeout_s, max_fixes, on_failure } = verify ?? {};
    expect([timeout_s, max_fixes, on_failure].map(String)).toEqual(
      ['timeout', 'max_fixes', 'on_failure'].map((field) => defaults[`verify.${field}`]),
    );
    expect(defaults['setup.timeout']).toBe(String(timeout_s));
  });
});
