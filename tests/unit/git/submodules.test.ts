import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PartMode } from '../../../contract/shared/checkout-parts.ts';
import { isBorrowed } from '../../../git/alternates.ts';
import { completeCheckout } from '../../../git/complete-checkout.ts';
import { readCompletion } from '../../../git/completion.ts';
import { leftOut } from '../../../git/left-out.ts';
import { submoduleRepo } from '../../../git/submodules.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, worldRules, type GitWorld } from '../../support/git-world.ts';
import { commitFiles, plainGit, runShell } from '../../support/sample-repo.ts';

type Checkout = Awaited<ReturnType<typeof jobCheckout>>;

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

/** Commits links, and what `.gitmodules` says of them, to a repository of the world. */
async function link(name: string, modules: string, links: Record<string, string>): Promise<void> {
  await commitFiles(world.path(name), 'main', { '.gitmodules': modules });
  const entries = Object.entries(links).map(([path, sha]) => `--cacheinfo 160000,${sha},${path}`);
  await runShell(
    world.root,
    `git clone -q ${name} work; cd work; git update-index --add ${entries.join(' ')}; git commit -qm links; git push -q; cd ..; rm -rf work`,
  );
}

const section = (path: string, url: string, more = ''): string =>
  `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n${more}`;

/** Submodules of all kinds: `lib`, with `inner` in it, can be had; the others cannot. */
async function superproject(): Promise<Checkout> {
  await localRepo(world, 'inner.git', { files: { 'inner.txt': 'inner\n' } });
  await localRepo(world, 'lib.git', { files: { 'lib.txt': 'lib\n' } });
  const inner = await plainGit(world.path('inner.git'), 'rev-parse', 'main');
  await link('lib.git', section('inner', '../inner.git'), { inner });
  const lib = await plainGit(world.path('lib.git'), 'rev-parse', 'main');
  const repo = await localRepo(world, 'origin.git');
  const evil = section('evil', '--upload-pack=touch /tmp/evil');
  const modules = [
    section('libs/lib', '../lib.git'),
    section('far', 'https://elsewhere.example/x.git'),
    section('up', '../../../../etc/x.git'),
    section('lost', '../lib.git'),
    section('../out', '../lib.git'),
  ].join('');
  const lost = 'd'.repeat(40);
  await link('origin.git', modules + evil, { 'libs/lib': lib, far: lib, up: lib, lost, evil: lib, bare: lib });
  return jobCheckout(world, repo);
}

const complete = (checkout: Checkout, submodules: PartMode = 'auto'): Promise<void> =>
  completeCheckout({
    ...checkout,
    mirrorDir: checkout.mirror.dir,
    repoOf: worldRules,
    author: { name: 'Agent', email: 'agent@example.invalid' },
    modes: { lfs: 'auto', submodules },
  });

test('a checkout has the submodules beside its repository, theirs too, and says why others are missing', async () => {
  const checkout = await superproject();
  await complete(checkout);
  const { path } = checkout;
  expect(await readFile(join(path, 'libs/lib/inner/inner.txt'), 'utf8')).toBe('inner\n');
  expect(await plainGit(path, 'status', '--porcelain')).toBe('');
  expect(await plainGit(path, 'submodule', 'status', '--recursive', 'libs/lib')).toMatch(/^ ?[0-9a-f]{40} libs\/lib/);
  const lacks = await leftOut(path);
  expect(lacks.map((sentence) => /The submodule (\S+) is not/.exec(sentence)?.[1])).toEqual([
    ...['bare', 'evil', 'far', 'lost', 'up'],
  ]);
  expect(lacks.join('\n')).toMatch(/far is not .*https:\/\/elsewhere\.example\/x\.git is not on the host/);
  expect(lacks.join('\n')).toMatch(/lost is not .*No branch or tag of \S+ has its commit d{40}/);
  // What it borrows stays, and its own git directory is no place to write to others.
  const mirrors = readCompletion(path)?.submodules.map(({ mirrorDir }) => mirrorDir) ?? [];
  expect(mirrors).toHaveLength(2);
  const roots = { reposRoot: world.path('repos'), worktreeRoot: world.root };
  for (const mirror of mirrors) expect(await isBorrowed(roots, mirror)).toBe(true);
  expect((await stat(join(path, 'libs/lib/.git'))).isDirectory()).toBe(true);
  // What the agent does to the one that it has.
  const inLib = (script: string): Promise<string> => runShell(join(path, 'libs/lib'), script);
  await writeFile(join(path, 'libs/lib/lib.txt'), 'changed\n');
  await expect(commitOf(checkout)).rejects.toMatchObject({
    type: 'work_not_on_branch',
    message: expect.stringContaining('changes in the submodule libs/lib'),
  });
  await writeFile(join(path, 'own'), 'own\n');
  const first = await commitOf(checkout);
  expect(first).toMatchObject({ sha: expect.any(String), keep: true });
  expect(first.warnings).toEqual(['Not delivered, but kept in the worktree: changes in the submodule libs/lib.']);
  await inLib('git commit -qam mine');
  await runShell(path, 'git add libs/lib; git commit -qm moved');
  expect(await commitOf(checkout)).toMatchObject({
    ...{ sha: null, keep: true },
    problem: { code: 'submodule_not_pushed', message: expect.stringContaining('libs/lib was moved to') },
  });
  await inLib(`git push -q ${world.path('lib.git')} HEAD:main`);
  expect(await commitOf(checkout)).toMatchObject({ sha: expect.any(String), warnings: [], keep: false });
});

test('where submodules are off their folders are empty, and where they are on a missing one fails the job', async () => {
  const checkout = await superproject();
  await expect(complete(checkout, 'on')).rejects.toMatchObject({ type: 'checkout_incomplete' });
  await complete(checkout, 'off');
  expect(await leftOut(checkout.path)).toEqual([expect.stringContaining('off for this job')]);
});

test('submodules of a .gitmodules that has commands to run are left out, since git would refuse them', async () => {
  await localRepo(world, 'lib.git', { files: { 'lib.txt': 'lib\n' } });
  const lib = await plainGit(world.path('lib.git'), 'rev-parse', 'main');
  const repo = await localRepo(world, 'origin.git');
  await link('origin.git', section('lib', '../lib.git', '\tupdate = !touch evil\n'), { lib });
  const checkout = await jobCheckout(world, repo);
  await complete(checkout);
  expect(await leftOut(checkout.path)).toEqual([expect.stringContaining('has a command to run')]);
  await writeFile(join(checkout.path, 'own'), 'own\n');
  expect(await commitOf(checkout)).toMatchObject({ sha: expect.any(String), warnings: [] });
});

test.each([
  ['https://forge.example/org/app.git', '../lib.git', 'https://forge.example/org/lib.git'],
  ['https://forge.example/org/app', './lib', 'https://forge.example/org/app/lib'],
  ['https://forge.example/org/app.git', 'https://forge.example/other/lib', 'https://forge.example/other/lib'],
  ['git@forge.example:org/app.git', '../lib.git', 'git@forge.example:org/lib.git'],
  ['git@forge.example:org/app.git', 'ssh://git@forge.example/org/lib.git', 'ssh://git@forge.example/org/lib.git'],
  ['https://forge.example/org/app.git', '../../../evil.example/x.git', undefined],
  ['https://forge.example/org/app.git', 'https://forge.example.evil.example/x.git', undefined],
  ['https://forge.example/org/app.git', 'https://forge.example:8443/org/lib.git', undefined],
  ['https://forge.example/org/app.git', 'git@forge.example:org/lib.git', undefined],
  ['https://forge.example/org/app.git', 'https://user:secret@forge.example/org/lib.git', undefined],
  ['https://forge.example/org/app.git', 'ext::sh -c evil', undefined],
  ['https://forge.example/org/app.git', '/etc/lib.git', undefined],
  ['https://forge.example/org/app.git', '-c core.x=y', undefined],
])('of %s the submodule at %s is at %s', (of, url, expected) => {
  const repo = worldRules(of);
  const resolve = (): string => submoduleRepo(url, repo, repo, worldRules).url;
  if (expected === undefined) expect(resolve).toThrow(/is not on the host of the repository/);
  else expect(resolve()).toBe(expected);
  if (expected === undefined) expect(resolve).not.toThrow(/secret/);
});
