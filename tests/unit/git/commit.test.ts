import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deliveryRepository } from '../../../git/delivery-repository.ts';
import { plainGit, runShell, type Files } from '../../support/sample-repo.ts';
import { commitOf, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { needs } from '../../support/needs.ts';

type Checkout = Awaited<ReturnType<typeof jobCheckout>>;

let world: GitWorld;
let checkout: Checkout;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

/** A checkout of a repository with `files`, in which an agent then runs `script`. */
async function work(
  script: string,
  files: Files | null = { 'README.md': '# sample\n', 'src/a.txt': 'a\n' },
): Promise<void> {
  checkout = await jobCheckout(world, await localRepo(world, 'origin.git', { files }));
  await runShell(checkout.path, script);
}

/** Git in the delivery repository. */
const delivered = (...args: string[]): Promise<string> => plainGit(deliveryRepository(checkout.path), ...args);

/** The files of a commit. */
const filesOf = async (sha: string | null): Promise<string[]> =>
  (await delivered('ls-tree', '-r', '--name-only', '-z', String(sha))).split('\0').filter(Boolean);

const parentsOf = async (sha: string | null): Promise<string[]> =>
  (await delivered('log', '-1', '--format=%P', String(sha))).split(' ');

describe('the commit to deliver', () => {
  test('is null when the agent changed nothing', async () => {
    await work('true');
    expect(await commitOf(checkout)).toEqual({ sha: null, warnings: [], keep: false });
  });

  test('takes what the agent left uncommitted, with the message, less what is ignored', async () => {
    await work("echo 1 >'new file'; echo 1 >build; rm gone", { '.gitignore': 'build\n', gone: '1' });
    const { sha, warnings } = await commitOf(checkout, { message: 'leftovers\n\nof "the" agent $(x)' });
    expect(warnings).toEqual([]);
    expect(await delivered('log', '-1', '--format=%an%n%B', String(sha))).toBe(
      'Agent\nleftovers\n\nof "the" agent $(x)',
    );
    expect(await filesOf(sha)).toEqual(['.gitignore', 'new file']);
    expect(await plainGit(checkout.path, 'rev-parse', 'HEAD')).toBe(sha);
    expect(await plainGit(checkout.path, 'status', '--porcelain')).toBe('');
  });

  test("is the agent's own last commit when nothing is left, also after a second call", async () => {
    await work('echo 1 >a; git add a; git commit -qm mine');
    const sha = await plainGit(checkout.path, 'rev-parse', 'HEAD');
    expect(await commitOf(checkout)).toEqual({ sha, warnings: [], keep: false });
    expect(await commitOf(checkout)).toMatchObject({ sha });
  });

  test('has what the agent staged, though git ignores it', async () => {
    await work('echo 1 >build; git add -f build; echo 2 >b', { '.gitignore': 'build\n' });
    const { sha } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['.gitignore', 'b', 'build']);
  });

  test('is HEAD wherever the agent ended: on another branch or on none', async () => {
    await work('git checkout -q -b own-idea; echo 1 >a');
    const { sha } = await commitOf(checkout);
    expect(await plainGit(checkout.path, 'rev-parse', 'own-idea')).toBe(sha);
    await runShell(checkout.path, 'git checkout -q --detach; echo 1 >b');
    const { sha: detached, warnings } = await commitOf(checkout);
    expect(await plainGit(checkout.path, 'rev-parse', 'HEAD')).toBe(detached);
    expect([warnings, detached === sha]).toEqual([[], false]);
  });

  test('is on the initial commit of an empty repository, or null', async () => {
    await work('true', null);
    expect(await commitOf(checkout)).toMatchObject({ sha: null });
    await runShell(checkout.path, 'echo 1 >a');
    const { sha } = await commitOf(checkout);
    expect(await delivered('log', '--format=%s', String(sha))).toBe('leftovers\nInitial commit');
  });

  test('is made although a killed git left its locks', async () => {
    await work('echo 1 >a; touch .git/index.lock .git/HEAD.lock .git/refs/heads/agenticore-job.lock .git/config.lock');
    await expect(commitOf(checkout)).resolves.toMatchObject({
      sha: expect.stringMatching(/^[0-9a-f]{40}$/),
      warnings: [],
    });
  });

  test('names what git ignores when the agent made nothing else', async () => {
    await work('echo A=1 >.env.example; mkdir out; echo 1 >out/x', { '.gitignore': '.env*\nout\n' });
    const { sha, warnings, keep } = await commitOf(checkout);
    expect({ sha, keep }).toEqual({ sha: null, keep: true });
    expect(warnings).toEqual(['Nothing was delivered: all that the agent made is ignored by git: .env.example, out/.']);
  });
});

describe('a repository inside the checkout', () => {
  test.each([
    ['with a commit', 'git init -q sub; cd sub; echo 1 >x; git add x; git commit -qm x; echo 2 >y'],
    ['without a commit', 'git init -q sub; echo 1 >sub/x; echo 2 >sub/y'],
    [
      'that the agent committed as a link',
      'git init -q sub; cd sub; echo 1 >x; echo 2 >y; git add x; git commit -qm x; cd ..; git add sub; git commit -qm link',
    ],
    [
      'with another one inside',
      'git init -q sub; echo 1 >sub/x; git init -q sub/y; echo 1 >sub/y/z; git -C sub/y add z; git -C sub/y commit -qm z',
    ],
    ['with spaces and quotes in its name', `git init -q 'su b"ü'; echo 1 >'su b"ü/x'`],
  ])('%s is delivered as files', async (_kind, script) => {
    await work(`${script}; cd ${'"$TOP"'}; echo own >own`);
    const { sha, warnings } = await commitOf(checkout);
    const files = await filesOf(sha);
    expect(files).toContain('own');
    expect(files.filter((name) => name.startsWith('su')).length).toBeGreaterThan(0);
    expect(files.filter((name) => name.includes('.git'))).toEqual([]);
    expect(await delivered('ls-tree', '-r', String(sha))).not.toContain('160000');
    expect(warnings[0]).toMatch(/is a repository of its own; its files were delivered without its history\.$/);
  });

  test('that is a worktree of the same repository is not delivered', async () => {
    await work(
      'git worktree add -q wt -b side; echo 1 >wt/x; mkdir -p .claude; git worktree add -q .claude/worktrees/w -b other; echo own >own',
    );
    const { sha, warnings, keep } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'own', 'src/a.txt']);
    expect(warnings).toEqual([
      'wt is another worktree of the repository; its files were not delivered.',
      `Not delivered, but kept in the worktree: work in the worktree ${checkout.path}/wt.`,
    ]);
    expect(keep).toBe(true);
  });
});

describe('a submodule', () => {
  const MODULES = '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n';
  /** A repository with a registered submodule `lib` at its first commit. */
  const withSubmodule = async (script: string): Promise<void> => {
    await work(
      `git init -q ../lib; cd ../lib; echo 1 >x; git add x; git commit -qm one; echo 2 >x; git commit -qam two; cd "$TOP"
      git clone -q ../lib lib; git -C lib checkout -q HEAD~1; git add .gitmodules lib; git commit -qm 'with lib'; git push -q '${world.path('origin.git')}' HEAD:main`,
      { '.gitmodules': MODULES },
    );
    await rm(checkout.path, { recursive: true });
    checkout = await jobCheckout(world, await localRepoAgain());
    await runShell(checkout.path, `git clone -q ../lib lib; git -C lib checkout -q HEAD~1; ${script}`);
  };
  const localRepoAgain = async (): Promise<Parameters<typeof jobCheckout>[1]> => {
    const { parseRepoUrl } = await import('../../../contract/http/repo-url.ts');
    return parseRepoUrl(world.path('origin.git'), { allowLocal: true, allowedHosts: [] });
  };
  const linkOf = (sha: string | null): Promise<string> => delivered('rev-parse', `${String(sha)}:lib`);

  test('that the agent moved without a commit stays where it was', async () => {
    await withSubmodule('git -C lib checkout -q -; git add lib; echo own >own');
    const { sha } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['.gitmodules', 'lib', 'own']);
    expect(await linkOf(sha)).toBe(await delivered('rev-parse', `${String(checkout.base.sha)}:lib`));
  });

  test('that the agent moved by a commit is moved', async () => {
    await withSubmodule('git -C lib checkout -q -; git add lib; git commit -qm moved; echo own >own');
    const { sha } = await commitOf(checkout);
    expect(await linkOf(sha)).toBe(await plainGit(join(checkout.path, 'lib'), 'rev-parse', 'HEAD'));
  });
});

describe('work that is not on HEAD', () => {
  test('in the stash fails the job, and says so', async () => {
    await work('echo 2 >src/a.txt; git stash -q');
    await expect(commitOf(checkout)).rejects.toMatchObject({
      type: 'work_not_on_branch',
      message: 'The agent left nothing on its branch, but there is work in the stash. It is kept in the worktree.',
    });
  });

  test('is delivered where it is one branch on the base', async () => {
    await work('git checkout -q -b idea; echo 1 >a; git add a; git commit -qm idea; git checkout -q agenticore-job');
    const { sha, warnings, keep } = await commitOf(checkout);
    expect(sha).toBe(await plainGit(checkout.path, 'rev-parse', 'idea'));
    expect({ warnings, keep }).toEqual({
      warnings: ['The agent left its work on its own branch idea, which was delivered.'],
      keep: false,
    });
  });

  test('on two branches fails the job, and names both', async () => {
    await work(
      'for b in one two; do git checkout -q -b $b agenticore-job; echo $b >$b; git add .; git commit -qm $b; done; git checkout -q agenticore-job',
    );
    await expect(commitOf(checkout)).rejects.toMatchObject({
      type: 'work_not_on_branch',
      message:
        'The agent left nothing on its branch, but there is work on the branches one, two. It is kept in the worktree.',
    });
  });

  test('is told beside what is delivered', async () => {
    await work('echo 2 >src/a.txt; git stash -q; echo 1 >b');
    const { sha, warnings, keep } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'src/a.txt']);
    expect({ warnings, keep }).toEqual({
      warnings: ['Not delivered, but kept in the worktree: work in the stash.'],
      keep: true,
    });
  });

  test('in another worktree without a commit fails the job', async () => {
    await work('git worktree add -q --detach side; echo 1 >side/x');
    await expect(commitOf(checkout)).rejects.toMatchObject({ type: 'work_not_on_branch' });
  });

  test('does not count where the remote has it', async () => {
    await work('true');
    await runShell(world.path('origin.git'), 'true');
    await runShell(
      checkout.path,
      `git push -q '${world.path('origin.git')}' HEAD:topic; git fetch -q origin; git branch -q topic origin/topic`,
    );
    expect(await commitOf(checkout)).toMatchObject({ sha: null, warnings: [] });
  });
});

describe('an operation that stopped in a conflict', () => {
  const DIVERGE =
    'git checkout -q -b other; echo theirs >src/a.txt; git commit -qam theirs; git checkout -q agenticore-job; echo mine >src/a.txt; git commit -qam mine;';
  test.each([
    ['merge', 'git merge other', 'You did not finish a merge'],
    ['rebase', 'git rebase other', 'You did not finish a rebase'],
    ['cherry-pick', 'git cherry-pick other', 'You did not finish a cherry-pick'],
    ['revert', 'git revert --no-edit HEAD~1', 'You did not finish a revert'],
    ['am', 'git format-patch -q -1 --stdout other >../p; git am -3 ../p', 'You did not finish a rebase or `git am`'],
    [
      'stash pop',
      'echo x >src/a.txt; git stash -q; echo y >src/a.txt; git commit -qam y; git stash pop',
      'Files have conflicts',
    ],
  ])('%s is a problem for the agent, and no commit', async (_operation, script, begins) => {
    await work(`${DIVERGE} echo again >src/a.txt; git commit -qam again; ${script} >/dev/null 2>&1; true`);
    const { sha, problem, keep } = await commitOf(checkout);
    expect({ sha, keep }).toEqual({ sha: null, keep: true });
    expect(problem).toMatchObject({ code: 'agent_failed', message: expect.stringMatching(begins) });
    expect(problem?.message).toContain('src/a.txt');
    await runShell(
      checkout.path,
      'git reset -q --hard; for each in merge rebase cherry-pick revert am; do git $each --abort; done 2>/dev/null; git stash drop -q 2>/dev/null; true',
    );
    expect(await commitOf(checkout)).toMatchObject({ sha: await plainGit(checkout.path, 'rev-parse', 'HEAD') });
  });
});

describe('history that the agent rewrote', () => {
  test.each([
    ['an amended base', 'echo 1 >b; git add b; git commit -q --amend -m better'],
    ['an orphan branch', 'git checkout -q --orphan fresh; echo 1 >b'],
    [
      'a reset to another root',
      'git checkout -q --orphan fresh; echo 1 >b; git add b; git commit -qm root; git checkout -q -B agenticore-job',
    ],
  ])('of %s is one commit on the base', async (_how, script) => {
    await work(script);
    const { sha, warnings } = await commitOf(checkout);
    expect(await parentsOf(sha)).toEqual([checkout.base.sha]);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'src/a.txt']);
    expect(warnings).toEqual([expect.stringMatching(/^history_rewritten: /)]);
  });

  test('without a file of the base fails the job', async () => {
    await work('git checkout -q --orphan fresh; git rm -rqf .; echo 1 >b; git add b; git commit -qm root');
    await expect(commitOf(checkout)).rejects.toMatchObject({ type: 'agent_failed' });
  });

  test('is none where an older commit is checked out: what is new there comes to the base', async () => {
    await work('true');
    await plainGit(checkout.path, 'checkout', '-q', '-B', 'main', 'origin/main');
    await runShell(
      checkout.path,
      `echo 2 >newer; git add newer; git commit -qm newer; git push -q '${world.path('origin.git')}' HEAD:main`,
    );
    const { parseRepoUrl } = await import('../../../contract/http/repo-url.ts');
    checkout = await jobCheckout(
      world,
      parseRepoUrl(world.path('origin.git'), { allowLocal: true, allowedHosts: [] }),
      'next',
    );
    await plainGit(checkout.path, 'checkout', '-q', '--detach', 'HEAD~1');
    expect(await commitOf(checkout)).toMatchObject({ sha: null, warnings: [] });
    await writeFile(join(checkout.path, 'b'), '1');
    const { sha, warnings } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'newer', 'src/a.txt']);
    expect(warnings).toEqual([expect.stringContaining('was merged into main')]);
  });
});

describe('a git directory that is of no use', () => {
  test.each([
    ['deleted', 'rm -rf .git'],
    ['without HEAD', 'rm .git/HEAD'],
    ['with a damaged HEAD', 'echo garbage >.git/HEAD'],
    ['with a damaged config', 'echo "[" >.git/config'],
    ['with a damaged index', 'echo garbage >.git/index'],
    ['without objects', 'git add .; git commit -qm mine; rm -rf .git/objects/??'],
    ['as a file', 'rm -rf .git; echo "gitdir: /nowhere" >.git'],
    ['as a link', 'mv .git ../moved; ln -s ../moved .git'],
    ['with links inside', 'mv .git/objects ../objects; ln -s ../../objects .git/objects'],
    ['with an unknown extension', 'git config core.repositoryFormatVersion 1; git config extensions.unknown true'],
  ])('%s costs nothing of the files', async (_how, script) => {
    await work(`echo 1 >b; echo 2 >src/a.txt; ${script}`);
    const { sha } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'src/a.txt']);
    expect(await parentsOf(sha)).toEqual([checkout.base.sha]);
  });

  test.each([
    ['core.worktree', 'git config core.worktree /tmp'],
    ['core.bare', 'git config core.bare true'],
    ['a link for its hooks', 'rm -rf .git/hooks; ln -s /nowhere .git/hooks'],
  ])('is none for %s', async (_what, script) => {
    await work(`echo 1 >b; ${script}`);
    const { sha, warnings } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'src/a.txt']);
    expect(warnings).toEqual([]);
  });

  test('is told in a warning', async () => {
    await work('echo 1 >b; rm -rf .git');
    const { warnings } = await commitOf(checkout);
    expect(warnings).toEqual([
      "The agent's git directory is of no use: .git is not a folder. The files were committed on main, without the agent's own commits.",
    ]);
  });

  test('and no file left fails the job, and nothing is committed to a repository further up', async () => {
    await plainGit(world.root, 'init', '-q');
    await work('rm -rf .git * ; true');
    await expect(commitOf(checkout)).rejects.toMatchObject({ type: 'agent_failed' });
    await runShell(checkout.path, 'echo 1 >README.md');
    await commitOf(checkout);
    expect(await plainGit(world.root, 'rev-list', '--all', '--count')).toBe('0');
  });
});

describe('files that git cannot read', () => {
  needs('bwrap')('are made readable where they are ours', async () => {
    await work('echo 1 >b; mkdir locked; echo 1 >locked/x; chmod 0 b locked');
    const { sha, warnings } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['README.md', 'b', 'locked/x', 'src/a.txt']);
    expect(warnings).toEqual([]);
  });

  test('are left out and named; the rest is delivered', async () => {
    await work(
      `printf '*.txt16 working-tree-encoding=UTF-16 text\\n' >.gitattributes; printf 'odd' >b.txt16; echo 1 >c`,
    );
    const { sha, warnings } = await commitOf(checkout);
    expect(await filesOf(sha)).toEqual(['.gitattributes', 'README.md', 'c', 'src/a.txt']);
    expect(warnings).toEqual(['b.txt16 was not delivered: git cannot read it.']);
  });
});

test('files are not changed because their attributes would have them committed otherwise', async () => {
  const repo = await localRepo(world);
  await runShell(
    world.root,
    `git clone -q origin.git crlf; cd crlf; printf 'one\\r\\ntwo\\r\\n' >a.txt; cp a.txt b.txt; git add .; git commit -qm crlf
    printf '*.txt text\\n' >.gitattributes; git add .gitattributes; git commit -qm attributes; git push -q`,
  );
  checkout = await jobCheckout(world, repo);
  expect(await plainGit(checkout.path, 'cat-file', '-s', 'HEAD:a.txt')).toBe('10');
  expect(await plainGit(checkout.path, 'status', '--porcelain')).toBe('');
  expect(await commitOf(checkout)).toEqual({ sha: null, warnings: [], keep: false });
  await runShell(checkout.path, "printf 'one\\n' >b.txt");
  const { sha } = await commitOf(checkout);
  expect(await delivered('diff', '--name-only', String(checkout.base.sha), String(sha))).toBe('b.txt');
});

test('a configuration of the machine has no effect on the commit', async () => {
  await work('true');
  await mkdir(join(checkout.path, 'crlf'));
  await writeFile(join(checkout.path, 'crlf', 'x.txt'), 'a\r\nb\r\n');
  await writeFile(join(checkout.path, '.gitconfig'), '[core]\n\tautocrlf = true\n\texcludesFile = ~/.ignored\n');
  await writeFile(join(checkout.path, '.ignored'), 'x.txt\n');
  const { sha } = await commitOf(checkout);
  expect(await delivered('cat-file', '-s', `${String(sha)}:crlf/x.txt`)).toBe('6');
});
