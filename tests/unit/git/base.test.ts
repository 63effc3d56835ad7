import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resolveBase } from '../../../git/base.ts';
import { isInitialCommit } from '../../../git/initial-commit.ts';
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

  test('is the initial commit in an empty repository, until there is another one', async () => {
    const repo = await localRepo(world, 'origin.git', { files: null });
    const empty = await bringMirrorUpToDate(world.remotes, repo);
    expect(isInitialCommit(await resolveBase(empty))).toBe(true);
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
    expect(resolved.at(-1)?.ref).toBe('topic');
    for (const ref of ['nope', 'f'.repeat(40), first.slice(0, 8)]) {
      await expect(resolveBase(mirror, ref)).rejects.toMatchObject({ type: 'ref_not_found' });
    }
    for (const ref of ['--orphan=x', 'main^', 'a..b', ''])
      await expect(resolveBase(mirror, ref)).rejects.toMatchObject({ type: 'invalid_request' });
  });

  test.each(['origin/topic', 'refs/remotes/origin/topic'])('%s is the branch topic', async (ref) => {
    const repo = await localRepo(world);
    const sha = await commitFiles(world.path('origin.git'), 'topic', { a: '1' });
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    expect(await resolveBase(mirror, ref)).toEqual({ ref: 'topic', sha });
  });

  test('origin/topic is the branch of that literal name where there is one', async () => {
    const repo = await localRepo(world);
    await commitFiles(world.path('origin.git'), 'topic', { a: '1' });
    const sha = await commitFiles(world.path('origin.git'), 'origin/topic', { a: '2' });
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    expect(await resolveBase(mirror, 'origin/topic')).toEqual({ ref: 'origin/topic', sha });
  });

  test('is the branch or tag of a page that shows it, with or without a path behind it', async () => {
    const repo = await localRepo(world);
    const sha = await commitFiles(world.path('origin.git'), 'feature/login', { a: '1' });
    await plainGit(world.path('origin.git'), 'tag', 'v1', sha);
    const mirror = await bringMirrorUpToDate(world.remotes, repo);
    for (const [page, ref] of [
      ['tree:feature/login', 'feature/login'],
      ['tree:feature/login/src/a', 'feature/login'],
      ['tree:v1/src', 'v1'],
    ] as const)
      expect(await resolveBase(mirror, page)).toEqual({ ref, sha });
    await expect(resolveBase(mirror, 'feature/login/src')).rejects.toMatchObject({ type: 'ref_not_found' });
    await expect(resolveBase(mirror, 'tree:feature/logout')).rejects.toMatchObject({ type: 'ref_not_found' });
  });
});
