import { expect, test } from '@jest/globals';
import { profileArgs } from '../../../runners/claude/profile-args.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { readOnly } from '../../../profiles/override.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';

test('a profile that allows everything allows reading alone, in plan mode, and delivers nothing', async () => {
  const folder = createProfileFolder();
  const yaml =
    'trust_repo: true\nclaude: { model: opus, tools: [Bash], allowed_tools: [Bash, Write], agent: builder, max_turns: 9 }';
  folder.write({ 'x.yml': yaml });
  try {
    const profile = readOnly(resolveProfile(await loadProfiles([folder.root]), 'x'));
    expect(profile.deliver).toBe('none');
    expect(profileArgs(profile).sort()).toEqual([
      '--max-turns=9',
      '--model=opus',
      '--permission-mode=plan',
      '--tools=Read,Glob,Grep',
    ]);
  } finally {
    folder.remove();
  }
});
