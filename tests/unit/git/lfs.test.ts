import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import type { PartModes } from '../../../contract/shared/checkout-parts.ts';
import type { Commit } from '../../../contract/workflow/delivery.ts';
import { completeCheckout, isIncomplete } from '../../../git/complete-checkout.ts';
import { leftOut } from '../../../git/left-out.ts';
import { pushWork } from '../../../git/push-work.ts';
import { acceptPushes } from '../../support/git-server.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, worldRules, type GitWorld } from '../../support/git-world.ts';
import { needs } from '../../support/needs.ts';
import { plainGit, runShell } from '../../support/sample-repo.ts';

type Checkout = Awaited<ReturnType<typeof jobCheckout>>;

const test = needs('git-lfs', 'bwrap');
const TOKEN = 'token-of-the-worker';
const OLD = 'old content\n'.repeat(500);
const NEW = 'new content\n'.repeat(500);

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
  world.remotes.credentialsFor = () => Promise.resolve({ username: 'worker', password: TOKEN });
});
afterEach(() => world.dispose());

const oidOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const pointerOf = (text: string): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(text)}\nsize ${Buffer.byteLength(text)}\n`;

/** A served repository with files in Git LFS that a folder's attributes put there, and a job's checkout of it. */
async function lfsCheckout(modes: Partial<PartModes> = {}, more: Record<string, string> = {}): Promise<Checkout> {
  const files = {
    'art/.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n',
    'art/old.psd': pointerOf(OLD),
    'art/gone.psd': pointerOf('that the server lost'),
    // Would have the objects brought from, and sent to, somebody else.
    '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/evil\n\tfetchexclude = *\n',
    ...more,
  };
  await localRepo(world, 'origin.git', { files });
  await acceptPushes(world.path('origin.git'));
  const repo = await world.serve('origin.git', { token: TOKEN });
  world.server().lfs.stores.set('origin.git', new Map([[oidOf(OLD), Buffer.from(OLD)]]));
  const checkout = await jobCheckout(world, repo);
  await complete(checkout, modes);
  return checkout;
}

const complete = (checkout: Checkout, modes: Partial<PartModes> = {}): Promise<void> =>
  completeCheckout({
    ...checkout,
    mirrorDir: checkout.mirror.dir,
    repoOf: worldRules,
    author: { name: 'Agent', email: 'agent@example.invalid' },
    modes: { lfs: 'auto', submodules: 'auto', ...modes },
  });

const push = ({ path, mirror, base, branch, repo }: Checkout, { sha }: Commit): Promise<unknown> =>
  pushWork(world.remotes, repo, {
    ...{ checkout: path, mirrorDir: mirror.dir, base: base.sha, branch, sha: String(sha), earlier: [] },
    branchOf: 'job',
    stillHeld: () => true,
  });

const pushed = (name: string): Promise<string> => plainGit(world.path('origin.git'), 'show', `agenticore-job:${name}`);
const read = (checkout: Checkout, name: string): Promise<string> => readFile(join(checkout.path, name), 'utf8');

test('a checkout has its files in Git LFS, is clean to the agent, and names what the server has lost', async () => {
  const checkout = await lfsCheckout();
  expect(await read(checkout, 'art/old.psd')).toBe(OLD);
  expect(await read(checkout, 'art/gone.psd')).toContain('git-lfs');
  expect(await plainGit(checkout.path, 'status', '--porcelain')).toBe('');
  expect(await leftOut(checkout.path)).toEqual([
    expect.stringMatching(/have their pointers|pointers: art\/gone\.psd\. /),
  ]);
  expect(await readFile(join(checkout.path, '.git', 'config'), 'utf8')).not.toContain(TOKEN);
  // What the agent changes and takes back is the file again, without the server.
  await world.stopServer();
  await runShell(checkout.path, 'echo x >art/old.psd; git stash -q; git stash drop -q');
  expect(await read(checkout, 'art/old.psd')).toBe(OLD);
});

describe('what an agent leaves in Git LFS', () => {
  test('committed, not committed, or put there by its own attributes, is uploaded once, before the push', async () => {
    const checkout = await lfsCheckout();
    const texts = { 'art/old.psd': 'one', 'art/new.psd': 'two', 'own.bin': 'three' };
    await runShell(
      checkout.path,
      `printf one >art/old.psd; git commit -qam mine; printf two >art/new.psd; printf three >own.bin
      printf '*.bin filter=lfs diff=lfs merge=lfs -text\\n' >.gitattributes`,
    );
    const commit = await commitOf(checkout);
    expect(commit).toMatchObject({ warnings: [], keep: false });
    world.server().failPushes(500, 1);
    await expect(push(checkout, commit)).rejects.toMatchObject({ type: 'remote_unavailable' });
    const uploads = [...world.server().lfs.uploads].sort();
    expect(uploads).toEqual(
      Object.values(texts)
        .map((text) => `origin.git ${oidOf(text)}`)
        .sort(),
    );
    await push(checkout, commit);
    expect(world.server().lfs.uploads).toHaveLength(3);
    for (const [name, text] of Object.entries(texts)) expect(await pushed(name)).toBe(pointerOf(text).trim());
    expect(await plainGit(checkout.path, 'status', '--porcelain')).toBe('');
  });

  test('is not pushed where the server refuses it, by a code for each reason', async () => {
    const checkout = await lfsCheckout();
    await writeFile(join(checkout.path, 'art/new.psd'), NEW);
    const commit = await commitOf(checkout);
    const reasons = [
      [{ status: 401 }, 'repo_auth_failed'],
      [{ status: 403 }, 'repo_auth_failed'],
      [{ status: 503 }, 'remote_unavailable'],
      [{ status: 422 }, 'lfs_failed'],
      [{ object: 507 }, 'lfs_failed'],
    ] as const;
    for (const [how, type] of reasons) {
      world.server().lfs.refuse(how);
      const error = await push(checkout, commit).catch((thrown: unknown) => thrown as Error);
      expect([how, error]).toMatchObject([how, { type }]);
      expect((error as Error).message).not.toContain(TOKEN);
      expect(await plainGit(world.path('origin.git'), 'branch', '--list', 'agenticore-job')).toBe('');
    }
    world.server().lfs.refuse(undefined);
    await push(checkout, commit);
  });

  test('is a problem for the agent where it cannot be right', async () => {
    const checkout = await lfsCheckout();
    const [a, b] = [oidOf(NEW).slice(0, 2), oidOf(NEW).slice(2, 4)];
    const object = `.git/lfs/objects/${a}/${b}/${oidOf(NEW)}`;
    const kinds: [string, RegExp][] = [
      [
        'touch -d yesterday art/new.psd; git -c filter.lfs.required=false -c filter.lfs.process= -c filter.lfs.clean= add art/new.psd; git commit -qm raw',
        /their content was committed to git: art\/new\.psd\. Run `git add --renormalize`/,
      ],
      [
        `printf '${pointerOf('nobody').replaceAll('\n', '\\n')}' >art/new.psd; git add .; git commit -qm pointer`,
        /neither the server nor the worktree has: art\/new\.psd/,
      ],
      [
        `git add art/new.psd; chmod u+w ${object}; tr n m <${object} >../other; cat ../other >${object}`,
        /neither the server nor the worktree has: art\/new\.psd/,
      ],
      [
        'git add art/new.psd; mv .git/lfs/objects .git/elsewhere; ln -s ../elsewhere .git/lfs/objects',
        /neither the server nor the worktree has: art\/new\.psd/,
      ],
    ];
    for (const [script, message] of kinds) {
      await runShell(checkout.path, `git reset -q --hard ${String(checkout.base.sha)}; rm -rf .git/lfs`);
      await writeFile(join(checkout.path, 'art/new.psd'), NEW);
      await runShell(checkout.path, script);
      expect(await commitOf(checkout)).toMatchObject({
        ...{ sha: null, keep: true },
        problem: { code: 'lfs_failed', message: expect.stringMatching(message) },
      });
    }
  });

  test('is taken where the server has it already, and of the files alone where the git directory is gone', async () => {
    const checkout = await lfsCheckout();
    world.server().lfs.stores.get('origin.git')?.set(oidOf('elsewhere'), Buffer.from('elsewhere'));
    await writeFile(join(checkout.path, 'art/there.psd'), pointerOf('elsewhere'));
    await writeFile(join(checkout.path, 'art/new.psd'), NEW);
    await rm(join(checkout.path, '.git'), { recursive: true });
    await push(checkout, await commitOf(checkout));
    expect(await pushed('art/new.psd')).toBe(pointerOf(NEW).trim());
    expect(world.server().lfs.uploads).toEqual([`origin.git ${oidOf(NEW)}`]);
  });
});

test('where Git LFS is off, a checkout has pointers and says so, and only other work is delivered', async () => {
  const checkout = await lfsCheckout({ lfs: 'off' });
  expect(await read(checkout, 'art/old.psd')).toBe(pointerOf(OLD));
  expect(await leftOut(checkout.path)).toEqual([expect.stringContaining('Git LFS is off for this job')]);
  await runShell(checkout.path, 'echo own >own; git mv art/old.psd art/moved.psd');
  expect(await commitOf(checkout, { lfs: 'off' })).toMatchObject({ sha: expect.any(String), warnings: [] });
  const problem = { code: 'lfs_failed', message: expect.stringContaining('Git LFS is off for this job') };
  await writeFile(join(checkout.path, 'art/new.psd'), NEW);
  expect(await commitOf(checkout, { lfs: 'off' })).toMatchObject({ sha: null, problem });
  await runShell(checkout.path, 'git rm -q --cached art/new.psd; git add .; git commit -qm pointer');
  expect(await commitOf(checkout, { lfs: 'off' })).toMatchObject({ sha: null, problem });
});

test('where Git LFS is on, a file that cannot be had fails the job before its agent', async () => {
  await expect(lfsCheckout({ lfs: 'on' })).rejects.toMatchObject({
    type: 'checkout_incomplete',
    message: expect.stringContaining('art/gone.psd'),
  });
});

test('a checkout is incomplete where attributes name Git LFS, and not where there are none', async () => {
  world.remotes.credentialsFor = () => Promise.resolve(undefined);
  const repo = await localRepo(world, 'plain.git', { files: { '.gitattributes': '*.txt text\n', a: '1' } });
  const { path, base } = await jobCheckout(world, repo, 'plain');
  expect(await isIncomplete(path, base)).toBe(false);
  await mkdir(join(path, 'deep'));
  await writeFile(join(path, 'deep', '.gitattributes'), '*.bin filter=lfs\n');
  await runShell(path, 'git add .');
  expect(await isIncomplete(path, base)).toBe(true);
});
