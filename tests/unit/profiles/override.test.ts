import { expect, test } from '@jest/globals';
import { profileArgs } from '../../../runners/claude/profile-args.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { override } from '../../../profiles/override.ts';
import type { ResolvedProfile } from '../../../profiles/profile.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';

async function profileOf(yaml: string): Promise<ResolvedProfile> {
  const folder = createProfileFolder();
  folder.write({ 'x.yml': yaml });
  try {
    return resolveProfile(await loadProfiles([folder.root]), 'x');
  } finally {
    folder.remove();
  }
}

const yaml = 'claude: { model: opus, fallback_model: sonnet, max_budget_usd: 5, max_turns: 3, timeout: 60 }';

test('what a job says stands in place of the profile, all else is the profile`s', async () => {
  const profile = await profileOf(yaml);
  expect(override(profile, {})).toEqual(profile);
  const changed = override(profile, { model: 'haiku', max_budget_usd: 0.5, timeout: 5 });
  expect(changed.timeout_s).toBe(5);
  expect(profileArgs(changed)).toEqual(
    profileArgs(profile).map((arg) => arg.replace('=opus', '=haiku').replace('usd=5', 'usd=0.5')),
  );
});

test('a fallback that is the model asked for is left out: the CLI refuses it', async () => {
  const args = profileArgs(override(await profileOf(yaml), { model: 'sonnet' }));
  expect(args).toContain('--model=sonnet');
  expect(args.join(' ')).not.toContain('fallback');
});
