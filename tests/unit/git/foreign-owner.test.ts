import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import { pushWork } from '../../../git/push-work.ts';
import { commandsWith } from '../../support/doc-blocks.ts';
import { acceptPushes } from '../../support/git-server.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { needs, programFile } from '../../support/needs.ts';
import { createBareRepo } from '../../support/sample-repo.ts';

const { PATH = '', HOME = '' } = process.env;
let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(async () => {
  Object.assign(process.env, { PATH, HOME });
  await world.dispose();
});

describe('on a volume where everything has another owner than the worker', () => {
  /** A git that takes whatever it finds for somebody else's. */
  async function suchGit(): Promise<string> {
    await mkdir(world.path('bin'));
    const shim = `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec ${programFile('git') ?? ''} "$@"\n`;
    await writeFile(world.path('bin', 'git'), shim);
    await chmod(world.path('bin', 'git'), 0o755);
    return `${world.path('bin')}:${PATH}`;
  }

  async function workThere(bubblewrap: boolean): Promise<void> {
    await createBareRepo(world.path('origin.git'));
    await acceptPushes(world.path('origin.git'));
    const repo = await world.serve();
    const such = await suchGit();
    process.env.PATH = such;
    await bringMirrorUpToDate(world.remotes, repo);
    const checkout = await jobCheckout(world, repo);
    const { path, mirror, base, branch } = checkout;
    await writeFile(join(path, 'work.txt'), 'one\n');
    const { sha, warnings } = await commitOf(checkout, { sandbox: bubblewrap ? 'required' : 'off' });
    expect(warnings).toEqual([]);
    const work = { checkout: path, mirrorDir: mirror.dir, branch, sha: String(sha), base: base.sha, earlier: [] };
    const pushed = pushWork(world.remotes, repo, { ...work, branchOf: 'job', stillHeld: () => true });
    await expect(pushed).resolves.toMatchObject({ outcome: 'pushed' });
  }

  test('a job is worked on and delivered', () => workThere(false));

  needs('bwrap')('a job is worked on and delivered out of bubblewrap', () => workThere(true));
});

const asRoot = process.getuid?.() === 0 ? needs('git') : test.skip;

asRoot(
  'a local repository of another user is refused with the setting of git that allows it, which is heeded',
  async () => {
    const repo = await localRepo(world);
    for (const name of ['', ...(await readdir(repo.url, { recursive: true }))])
      await chown(join(repo.url, name), 4242, 4242);
    process.env.HOME = world.root;
    await expect(bringMirrorUpToDate(world.remotes, repo)).rejects.toMatchObject({
      type: 'repo_auth_failed',
      message: expect.stringContaining(`git config --global --add safe.directory ${repo.url}`),
    });
    const documented = commandsWith('safe.directory', 'docs/repositories.md');
    const commands = documented.replace('/srv/repositories/app.git', repo.url);
    await promisify(execFile)('sh', ['-c', commands], { env: { PATH, HOME: world.root } });
    await expect(bringMirrorUpToDate(world.remotes, repo)).resolves.toMatchObject({ defaultBranch: 'main' });
  },
);
