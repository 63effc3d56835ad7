import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deliveryRepository } from '../../../git/delivery-repository.ts';
import { plainGit, runShell } from '../../support/sample-repo.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';

let world: GitWorld;
let checkout: Awaited<ReturnType<typeof jobCheckout>>;
beforeEach(async () => {
  world = await gitWorld();
  checkout = await jobCheckout(world, await localRepo(world));
});
afterEach(() => world.dispose());

const agentRuns = (script: string): Promise<unknown> => runShell(checkout.path, script);
const tenFiles = 'mkdir -p node_modules/x; for i in 0 1 2 3 4 5 6 7 8 9; do echo same >node_modules/x/$i; done';
const twoMib = 'head -c 2097152 /dev/zero >big.bin';
const FEW = { files: 9, megabytes: 0 };
const SMALL = { files: 0, megabytes: 1 };

describe('more than may be delivered', () => {
  test.each([
    [
      'files that are not committed',
      FEW,
      `${tenFiles}; echo 1 >own`,
      '11 new or changed files, 10 of them in node_modules/',
    ],
    ['files that the agent committed', FEW, `${tenFiles}; git add .; git commit -qm all`, '10 new or changed files'],
    ['files without a git directory', FEW, `${tenFiles}; rm -rf .git`, '10 new or changed files'],
    ['a file that compresses well', SMALL, twoMib, 'the largest being big.bin with 2.0 MiB'],
    [
      'a file that a later commit removed',
      SMALL,
      `${twoMib}; git add .; git commit -qm big; git rm -q big.bin; git commit -qm smaller`,
      '2.0 MiB of new contents',
    ],
  ])('(%s) is a problem that the agent can mend, and no commit', async (_kind, limits, script, says) => {
    await agentRuns(script);
    const head = await plainGit(checkout.path, 'rev-parse', 'HEAD').catch(() => 'none');
    const { sha, keep, problem } = await commitOf(checkout, { limits });
    expect({ sha, keep, code: problem?.code }).toEqual({ sha: null, keep: true, code: 'commit_too_large' });
    expect(problem?.message).toContain(says);
    expect(await plainGit(checkout.path, 'rev-parse', 'HEAD').catch(() => 'none')).toBe(head);
    await agentRuns('git reset -q --hard origin/main || git init -q; rm -rf node_modules big.bin; echo 1 >own');
    const mended = await commitOf(checkout, { limits });
    expect(await plainGit(deliveryRepository(checkout.path), 'ls-tree', '--name-only', String(mended.sha))).toBe(
      'README.md\nown',
    );
  });

  test('is not what was merged from the remote', async () => {
    const push = `git push -q '${world.path('origin.git')}' HEAD:main`;
    await agentRuns(
      `git checkout -qb up; ${tenFiles}; ${twoMib}; git add .; git commit -qm up; ${push}; git checkout -q -; git branch -qD up`,
    );
    await agentRuns(
      'git fetch -q origin; echo 1 >own; git add own; git commit -qm own; git merge -q --no-edit origin/main; echo 2 >more',
    );
    const { sha, problem } = await commitOf(checkout, { limits: { files: 2, megabytes: 1 } });
    expect([problem, sha]).toEqual([undefined, expect.any(String)]);
  });

  test('is nothing where there is no limit, or as much as the limit', async () => {
    await agentRuns(tenFiles);
    expect(await commitOf(checkout, { limits: { files: 10, megabytes: 1 } })).toMatchObject({
      warnings: [],
      sha: expect.any(String),
    });
    await agentRuns(twoMib);
    expect(await commitOf(checkout)).toMatchObject({ warnings: [], sha: expect.any(String) });
  });
});
