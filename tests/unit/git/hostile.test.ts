import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RepoUrl } from '../../../contract/http/repo-url.ts';
import { deliveryRepository } from '../../../git/delivery-repository.ts';
import { pushWork, type WorkToDeliver } from '../../../git/push-work.ts';
import { confinedUploadPack } from '../../../git/upload-pack.ts';
import { exists } from '../../../processes/path-exists.ts';
import { plainGit, runShell } from '../../support/sample-repo.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { needs } from '../../support/needs.ts';

type Checkout = Awaited<ReturnType<typeof jobCheckout>>;

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

/** A checkout in which an agent has committed something. */
async function hostileCheckout(repo: RepoUrl): Promise<Checkout> {
  const checkout = await jobCheckout(world, repo);
  await runShell(checkout.path, 'echo work >work.txt; git add --all; git commit -qm work');
  return checkout;
}

/** What is to be pushed of it. */
const workOf = ({ path, mirror, base, branch }: Checkout, sha: string | null): WorkToDeliver => ({
  ...{ checkout: path, mirrorDir: mirror.dir, branch, sha: String(sha), base: base.sha },
  ...{ branchOf: 'job', earlier: [], stillHeld: () => true },
});

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

describe.each([{ sandbox: 'off' }, { sandbox: 'required' }] as const)(
  'commit and delivery (sandbox $sandbox)',
  ({ sandbox }) => {
    const it = sandbox === 'off' ? test : needs('bwrap');

    it('run nothing that the agent planted in the git directory, and the next job of the repository does not either', async () => {
      const repo = await localRepo(world);
      const checkout = await hostileCheckout(repo);
      const canary = world.path('canary');
      await plantEverything(checkout.path, canary);
      await rm(canary, { force: true });
      await writeFile(join(checkout.path, 'left'), 'over\n');
      const { sha } = await commitOf(checkout, { sandbox });
      await expect(pushWork(world.remotes, repo, workOf(checkout, sha))).resolves.toMatchObject({
        outcome: 'pushed',
        diff: { files: 2 },
      });
      await jobCheckout(world, repo, 'next');
      expect(await exists(canary)).toBe(false);
      // The trap is live: git inside the checkout does spring it.
      await plainGit(checkout.path, 'status').catch(() => undefined);
      expect(await exists(canary)).toBe(true);
    });

    it.each([
      'alternates',
      'symlinked objects',
      'gitfile',
      'symlinked .git',
      'symlinked ref',
      'symlinked ref named hooks',
      'commondir',
    ])('take the files alone of a checkout with %s of another repository', async (trick) => {
      const secret = await localRepo(world, 'secret.git', { files: { secret: 'canary\n' } });
      const stolen = await plainGit(world.path('secret.git'), 'rev-parse', 'main');
      const checkout = await hostileCheckout(await localRepo(world));
      await plant(trick, join(checkout.path, '.git'), secret.url);
      const { sha, warnings } = await commitOf(checkout, { sandbox });
      const dir = deliveryRepository(checkout.path);
      expect(await plainGit(dir, 'ls-tree', '--name-only', String(sha))).toBe('README.md\nwork.txt');
      expect(warnings).toEqual([expect.stringMatching(/^The agent's git directory is of no use: /)]);
      await expect(plainGit(dir, 'cat-file', '-e', stolen)).rejects.toThrow();
    });

    it('take the files alone where the objects of the agent are malformed', async () => {
      const checkout = await hostileCheckout(await localRepo(world));
      const tree = await plainGit(checkout.path, 'rev-parse', 'HEAD^{tree}');
      const bad = `tree ${tree}\nparent ${String(checkout.base.sha)}\nauthor no mail 0 +0000\ncommitter no mail 0 +0000\n\nx\n`;
      await writeFile(world.path('bad-commit'), bad);
      const hash = ['hash-object', '-t', 'commit', '-w', '--literally', world.path('bad-commit')];
      const malformed = await plainGit(checkout.path, ...hash);
      await plainGit(checkout.path, 'update-ref', 'HEAD', malformed);
      const { sha, warnings } = await commitOf(checkout, { sandbox });
      expect(await plainGit(deliveryRepository(checkout.path), 'log', '--format=%s', String(sha))).toBe(
        'leftovers\nfirst commit',
      );
      expect(warnings).toEqual([expect.stringContaining('its commits are damaged')]);
    });
  },
);

async function plant(trick: string, gitDir: string, other: string): Promise<void> {
  const aside = world.path('aside');
  if (trick === 'alternates') await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${other}/objects\n`);
  if (trick === 'commondir') await writeFile(join(gitDir, 'commondir'), other);
  if (trick === 'symlinked ref')
    await symlink(join(other, 'refs', 'heads', 'main'), join(gitDir, 'refs', 'heads', 'stolen'));
  if (trick === 'symlinked ref named hooks')
    await symlink(join(other, 'refs', 'heads', 'main'), join(gitDir, 'refs', 'heads', 'hooks'));
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
  const { path, mirror } = await hostileCheckout(repo);
  const sha = await plainGit(path, 'rev-parse', 'HEAD');
  await plainGit(world.root, 'init', '--bare', '-q', 'taker.git');
  const take = (sha: string): Promise<string> =>
    plainGit(
      world.path('taker.git'),
      'fetch',
      '-q',
      `--upload-pack=${confinedUploadPack(join(path, '.git'), mirror.dir)}`,
      join(path, '.git'),
      `${sha}:refs/heads/taken`,
    );
  await expect(take(sha)).resolves.toBe('');
  await plant('alternates', join(path, '.git'), secret.url);
  await expect(take(stolen)).rejects.toThrow(/not our ref|unable|fatal/);
  await expect(plainGit(world.path('taker.git'), 'cat-file', '-e', stolen)).rejects.toThrow();
});

test('a filter that the agent planted does not run', async () => {
  const checkout = await jobCheckout(world, await localRepo(world));
  const canary = join(checkout.path, '.git', 'canary');
  await plainGit(checkout.path, 'config', 'filter.x.clean', `touch ${canary}; cat`);
  await writeFile(join(checkout.path, '.gitattributes'), 'a filter=x\n');
  await writeFile(join(checkout.path, 'a'), '1');
  await expect(commitOf(checkout)).resolves.toMatchObject({ warnings: [] });
  expect(await exists(canary)).toBe(false);
});

test('no hook runs when leftovers are committed', async () => {
  const repo = await localRepo(world);
  const checkout = await jobCheckout(world, repo);
  const { path } = checkout;
  await mkdir(join(path, '.git', 'hooks'));
  for (const hook of HOOKS)
    await writeFile(join(path, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${world.path('canary')}\nexit 1\n`, {
      mode: 0o755,
    });
  await writeFile(join(path, 'a'), '1');
  await expect(commitOf(checkout)).resolves.toMatchObject({ warnings: [] });
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
