import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resolveBase } from '../../../git/base.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { commitFiles, plainGit } from '../../support/sample-repo.ts';
import { gitWorld, localRepo, type GitWorld } from '../../support/git-world.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

describe('the base of a job', () => {
  test.each(['main', 'master', 'develop/next'])(
    'is the default branch, here %s, when none is given',
    async (branch) => {
      const repo = await localRepo(world, 'origin.git', { branch });
      await commitFiles(world.path('origin.git'), 'other', { a: '1' });
      const mirror = await bringMirrorUpToDate(world.remotes, repo);
      expect(mirror.defaultBranch).toBe(branch);
      const sha = await plainGit(world.path('origin.git'), 'rev-parse', branch);
      expect(await resolveBase(mirror)).toEqual({ ref: branch, sha });
    },
  );

  test('has no commit in an empty repository, and has one as soon as there is one', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const empty = await bringMirrorUpToDate(world.remotes, repo);
    expect(await resolveBase(empty)).toEqual({ ref: 'main', sha: null });
    const sha = await commitFiles(world.path('origin.git'), 'main', { a: '1' });
    expect(await resolveBase(await bringMirrorUpToDate(world.remotes, repo))).toEqual({ ref: 'main', sha });
  });

  test('may be a branch, a tag, an annotated tag or a full commit id, and nothing else', async () => {
    const repo = await localRepo(world);
    const first = await plainGit(world.path('origin.git'), 'rev-parse', 'main');
    const second = await commitFiles(world.path('origin.git'), 'topic', { a: '1' });
    await plainGit(world.path('origin.git'), 'tag', 'light', first);
    await plainGit(world.path('origin.git'), 'tag', '-a', '-m', 'x', 'heavy', second);
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    const resolved = await Promise.all(
      ['topic', 'light', 'heavy', first, 'refs/heads/topic'].map((ref) => resolveBase(mirror, ref)),
    );
    expect(resolved.map((base) => base.sha)).toEqual([second, first, second, first, second]);
    for (const ref of ['nope', 'f'.repeat(40), first.slice(0, 8)]) {
      await expect(resolveBase(mirror, ref)).rejects.toMatchObject({ type: 'ref_not_found' });
    }
    for (const ref of ['--orphan=x', 'main^', 'a..b', ''])
      await expect(resolveBase(mirror, ref)).rejects.toMatchObject({ type: 'invalid_request' });
  });
});
