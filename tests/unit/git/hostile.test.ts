import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { commitChanges } from '../../../git/commit.ts';
import { pushWork, type WorkToDeliver } from '../../../git/push-work.ts';
import { confinedUploadPack } from '../../../git/upload-pack.ts';
import { exists } from '../../../processes/path-exists.ts';
import { plainGit } from '../../support/sample-repo.ts';
import { asAgent, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { needs } from '../../support/needs.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

/** A finished job whose agent wrote `config` into its git configuration. */
async function hostileWork(repo: RepoUrl): Promise<WorkToDeliver> {
  const { path, mirror, base, branch } = await jobCheckout(world, repo);
  await writeFile(join(path, 'work.txt'), 'work\n');
  await plainGit(path, 'add', '--all');
  await plainGit(path, 'commit', '-qm', 'work');
  const sha = await plainGit(path, 'rev-parse', 'HEAD');
  return {
    checkout: path,
    mirrorDir: mirror.dir,
    branch,
    sha,
    base: base.sha,
    earlier: [],
    stillHeld: () => true,
    bubblewrap: false,
  };
}

const HOOKS = [
  'pre-push',
  'post-checkout',
  'pre-commit',
  'commit-msg',
  'post-commit',
  'reference-transaction',
  'post-index-change',
  'pre-auto-gc',
];

async function plantEverything(checkout: string, canary: string): Promise<void> {
  const program = `${checkout}/.git/evil.sh`;
  await writeFile(program, `#!/bin/sh\ntouch ${canary}\n`);
  await chmod(program, 0o755);
  await mkdir(join(checkout, '.git', 'hooks'), { recursive: true });
  for (const hook of HOOKS) await symlink(program, join(checkout, '.git', 'hooks', hook));
  const planted = {
    'core.fsmonitor': program,
    'core.sshCommand': program,
    'core.pager': program,
    'core.editor': program,
    'core.askPass': program,
    'core.gitProxy': program,
    'core.hooksPath': join(checkout, '.git', 'hooks'),
    'diff.external': program,
    'filter.x.clean': program,
    'filter.x.smudge': program,
    'diff.x.textconv': program,
    'credential.helper': program,
    'uploadpack.packObjectsHook': program,
    'remote.origin.uploadpack': program,
    'remote.origin.receivepack': program,
    'gpg.program': program,
    'core.alternateRefsCommand': program,
    'url.ext::sh -c touch% x.insteadOf': 'https://',
    'protocol.ext.allow': 'always',
    'include.path': '/etc/passwd-not-there',
  };
  for (const [name, value] of Object.entries(planted)) await plainGit(checkout, 'config', name, value);
  await mkdir(join(checkout, '.git', 'info'), { recursive: true });
  await writeFile(join(checkout, '.git', 'info', 'attributes'), '* filter=x diff=x\n');
}

describe.each([{ bubblewrap: false }, { bubblewrap: true }])(
  'delivery ($bubblewrap: in bubblewrap)',
  ({ bubblewrap }) => {
    const it = bubblewrap ? needs('bwrap') : test;

    it('runs nothing that the agent planted in the git directory, and the next job of the repository does not either', async () => {
      const repo = await localRepo(world);
      const work = { ...(await hostileWork(repo)), bubblewrap };
      const canary = world.path('canary');
      await plantEverything(work.checkout, canary);
      await rm(canary, { force: true });
      await expect(pushWork(world.remotes, repo, work)).resolves.toMatchObject({ outcome: 'pushed' });
      await jobCheckout(world, repo, 'next');
      expect(await exists(canary)).toBe(false);
      // The trap is live: git inside the checkout does spring it.
      await plainGit(work.checkout, 'status').catch(() => undefined);
      expect(await exists(canary)).toBe(true);
    });

    it.each(['alternates', 'symlinked objects', 'gitfile', 'symlinked .git', 'symlinked ref', 'commondir'])(
      'refuses a checkout with %s of another repository',
      async (trick) => {
        const repo = await localRepo(world);
        const secret = await localRepo(world, 'secret.git', { files: { secret: 'canary\n' } });
        const stolen = await plainGit(world.path('secret.git'), 'rev-parse', 'main');
        const work = { ...(await hostileWork(repo)), sha: stolen, bubblewrap };
        await plant(trick, join(work.checkout, '.git'), secret.url);
        await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({ type: 'unsafe_checkout' });
        await expect(plainGit(world.path('origin.git'), 'cat-file', '-e', stolen)).rejects.toThrow();
      },
    );

    it('refuses a commit that the checkout does not have', async () => {
      const repo = await localRepo(world);
      const work = { ...(await hostileWork(repo)), sha: 'f'.repeat(40), bubblewrap };
      await expect(pushWork(world.remotes, repo, work)).rejects.toMatchObject({ type: 'unsafe_checkout' });
    });

    it('refuses malformed objects', async () => {
      const repo = await localRepo(world);
      const work = { ...(await hostileWork(repo)), bubblewrap };
      const tree = await plainGit(work.checkout, 'rev-parse', 'HEAD^{tree}');
      await writeFile(
        world.path('bad-commit'),
        `tree ${tree}\nauthor no mail 0 +0000\ncommitter no mail 0 +0000\n\nx\n`,
      );
      const sha = await plainGit(
        work.checkout,
        'hash-object',
        '-t',
        'commit',
        '-w',
        '--literally',
        world.path('bad-commit'),
      );
      await expect(pushWork(world.remotes, repo, { ...work, sha })).rejects.toMatchObject({ type: 'unsafe_checkout' });
    });
  },
);

async function plant(trick: string, gitDir: string, other: string): Promise<void> {
  const aside = `${gitDir}-aside`;
  if (trick === 'alternates') await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${other}/objects\n`);
  if (trick === 'commondir') await writeFile(join(gitDir, 'commondir'), other);
  if (trick === 'symlinked ref')
    await symlink(join(other, 'refs', 'heads', 'main'), join(gitDir, 'refs', 'heads', 'stolen'));
  if (trick === 'symlinked objects') {
    await rename(join(gitDir, 'objects'), aside);
    await symlink(join(other, 'objects'), join(gitDir, 'objects'));
  }
  if (trick === 'gitfile' || trick === 'symlinked .git') {
    await rename(gitDir, aside);
    await (trick === 'gitfile' ? writeFile(gitDir, `gitdir: ${other}\n`) : symlink(other, gitDir));
  }
}

needs('bwrap')('the sandboxed reader by itself serves the checkout, and cannot see another repository', async () => {
  const repo = await localRepo(world);
  const secret = await localRepo(world, 'secret.git', { files: { secret: 'canary\n' } });
  const stolen = await plainGit(world.path('secret.git'), 'rev-parse', 'main');
  const work = await hostileWork(repo);
  await plainGit(world.root, 'init', '--bare', '-q', 'taker.git');
  const take = (sha: string): Promise<string> =>
    plainGit(
      world.path('taker.git'),
      'fetch',
      '-q',
      `--upload-pack=${confinedUploadPack(work.checkout, work.mirrorDir)}`,
      join(work.checkout, '.git'),
      `${sha}:refs/heads/taken`,
    );
  await expect(take(work.sha)).resolves.toBe('');
  await plant('alternates', join(work.checkout, '.git'), secret.url);
  await expect(take(stolen)).rejects.toThrow(/not our ref|unable|fatal/);
  await expect(plainGit(world.path('taker.git'), 'cat-file', '-e', stolen)).rejects.toThrow();
});

needs('bwrap')('a filter that the agent planted runs only where the agent could run it: in its sandbox', async () => {
  const repo = await localRepo(world);
  const { path, base, mirror } = await jobCheckout(world, repo);
  const outside = world.path('outside-canary');
  const inside = join(path, 'inside-canary');
  await plainGit(path, 'config', 'filter.x.clean', `touch ${outside}; touch ${inside}; cat`);
  await writeFile(join(path, '.gitattributes'), 'a filter=x\n');
  await writeFile(join(path, 'a'), '1');
  await expect(commitChanges(asAgent(path, 'required', [mirror.dir]), { path, base, message: 'm' })).resolves.toMatch(
    /^[0-9a-f]{40}$/,
  );
  expect([await exists(inside), await exists(outside)]).toEqual([true, false]);
});

test('no hook runs when leftovers are committed', async () => {
  const repo = await localRepo(world);
  const { path, base } = await jobCheckout(world, repo);
  await mkdir(join(path, '.git', 'hooks'));
  for (const hook of HOOKS)
    await writeFile(join(path, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${world.path('canary')}\nexit 1\n`, {
      mode: 0o755,
    });
  await writeFile(join(path, 'a'), '1');
  await expect(commitChanges(asAgent(path), { path, base, message: 'm' })).resolves.toMatch(/^[0-9a-f]{40}$/);
  expect(await exists(world.path('canary'))).toBe(false);
});

test('a repository with submodules from everywhere and unknown filters is checked out without following them', async () => {
  const canary = world.path('canary');
  const modules = ['ext::sh -c touch% ' + canary, '../../../secret.git', '-u./x']
    .map((url, index) => `[submodule "m${index}"]\n\tpath = m${index}\n\turl = ${url}\n`)
    .join('');
  const repo = await localRepo(world, 'origin.git', {
    files: {
      '.gitmodules': modules,
      '.gitattributes': '* filter=lfs\n',
      big: 'version https://git-lfs.github.com/spec/v1\n',
    },
  });
  const { path } = await jobCheckout(world, repo);
  expect(await readFile(join(path, 'big'), 'utf8')).toContain('git-lfs');
  expect(await exists(canary)).toBe(false);
});
