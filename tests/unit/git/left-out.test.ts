import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { leftOut } from '../../../git/left-out.ts';
import { gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

test.each([
  ['nothing', { a: '1', '.gitattributes': '*.txt text\n' }, []],
  ['files in Git LFS', { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' }, ['Git LFS']],
  ['submodules', { '.gitmodules': '[submodule "a"]\n\tpath = a\n\turl = ../a\n' }, ['submodules']],
])('a checkout says that it lacks %s', async (_what, files, words) => {
  const { path } = await jobCheckout(world, await localRepo(world, 'origin.git', { files }));
  expect(await leftOut(path)).toEqual(words.map((word) => expect.stringContaining(word)));
});
