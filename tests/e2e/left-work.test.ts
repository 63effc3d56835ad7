import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { commandsWith } from '../support/doc-blocks.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo, plainGit, runShell } from '../support/sample-repo.ts';
import { needs } from '../support/needs.ts';
import { runJob } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

/** What an agent does, and what more once it is told that something is wrong with what it left. */
interface Agent {
  does: string;
  mends?: string;
}

const MERGE =
  'git checkout -q -b other && echo theirs >README.md && git commit -qam theirs && git checkout -q - && echo mine >README.md && git commit -qam mine; git merge -q other';
const MANY = 'mkdir node_modules && for i in 1 2 3 4 5 6; do echo $i >node_modules/$i; done; echo own >own';

const AGENTS = {
  'only answers': { does: 'git status' },
  'makes a repository in a folder': {
    does: 'git init -q sub && echo x >sub/x && git -C sub add x && git -C sub commit -qm x && echo own >own',
  },
  'works on a branch of its own': {
    does: 'git checkout -q -b idea && echo own >own && git add own && git commit -qm idea && git checkout -q -',
  },
  'stashes its work': { does: 'echo changed >README.md && git stash -q' },
  'stashes some of its work': { does: 'echo changed >README.md && git stash -q && echo own >own' },
  'makes what git ignores': { does: 'echo A=1 >.env.example' },
  'amends the base': { does: 'echo own >own && git add own && git commit -q --amend -m better' },
  'deletes the git directory': { does: 'echo own >own && rm -rf .git' },
  'deletes everything': { does: 'find . -mindepth 1 -delete' },
  'does not finish a merge': { does: MERGE },
  'finishes its merge when told': { does: MERGE, mends: 'echo both >README.md && git commit -qam both' },
  'makes too many files': { does: MANY },
  'removes files when told': { does: MANY, mends: 'rm -rf node_modules' },
  'works with what lies outside': {
    does: 'test "$(cat old.psd)" = old && cp lib/lib.txt copied && printf new >new.psd && git add . && git commit -qm mine',
  },
} satisfies Record<string, Agent>;
type Name = keyof typeof AGENTS;

let world: World;
const jobs = new Map<Name, JobRecord>();

beforeAll(async () => {
  world = await createWorld({
    files: { 'README.md': '# sample\n', '.gitignore': '.env*\n' },
    env: { AGENTICORE_MAX_COMMIT_FILES: '5', AGENTICORE_MAX_PARALLEL_JOBS: '4' },
    script: (conversation) => {
      const { task, latest } = conversation;
      const { does, mends }: Agent = Object.entries(AGENTS).find(([name]) => task.includes(name))?.[1] ?? {
        does: 'false',
      };
      const isTold = /did not finish|too large/.test(latest);
      return fixingAgent({ commands: [does, ...(isTold && mends !== undefined ? [mends] : [])] })(conversation);
    },
  });
  const { url } = await world.start('serve');
  const outside = await repositoryWithMore(world.dir);
  const run = async (name: Name): Promise<void> => {
    const repo_url = name === 'works with what lies outside' ? outside : world.repo;
    jobs.set(name, await runJob(() => url, { task: `An agent that ${name}`, repo_url }));
  };
  await Promise.all((Object.keys(AGENTS) as Name[]).map(run));
});
afterAll(() => world.end());

const oidOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const pointerOf = (text: string): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(text)}\nsize ${text.length}\n`;
const objectIn = (repo: string, text: string): string =>
  join(repo, 'lfs', 'objects', oidOf(text).slice(0, 2), oidOf(text).slice(2, 4), oidOf(text));

/** A repository with a file in Git LFS and a submodule. */
async function repositoryWithMore(dir: string): Promise<string> {
  const [repo, lib] = [join(dir, 'art.git'), join(dir, 'lib.git')];
  const sha = await createBareRepo(lib, { files: { 'lib.txt': 'lib\n' } });
  await createBareRepo(repo, {
    files: {
      '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n',
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n',
      'old.psd': pointerOf('old'),
    },
  });
  await mkdir(dirname(objectIn(repo, 'old')), { recursive: true });
  await writeFile(objectIn(repo, 'old'), 'old');
  const index = `GIT_INDEX_FILE=${join(dir, 'index')} git --git-dir ${repo}`;
  await runShell(
    dir,
    `${index} read-tree main && ${index} update-index --add --cacheinfo 160000,${String(sha)},lib &&
    git --git-dir ${repo} update-ref refs/heads/main $(git --git-dir ${repo} commit-tree -p main -m lib $(${index} write-tree))`,
  );
  return repo;
}

const jobOf = (name: Name): JobRecord => jobs.get(name)!;

/** The files on the branch of a job. */
const filesOf = async ({ branch }: JobRecord): Promise<string[]> =>
  (await plainGit(world.repo, 'ls-tree', '-r', '--name-only', String(branch))).split('\n');

const isKept = ({ worktree_path }: JobRecord): boolean => worktree_path !== null && existsSync(worktree_path);

test('a job whose agent changed nothing succeeds without a branch, a warning or a worktree', () => {
  const job = jobOf('only answers');
  expect(job).toMatchObject({ status: 'succeeded', branch: null, sha: null, warnings: [] });
  expect(isKept(job)).toBe(false);
});

describe('what is unusual is delivered with a warning', () => {
  test.each<[Name, string[], RegExp, boolean]>([
    [
      'makes a repository in a folder',
      ['.gitignore', 'README.md', 'own', 'sub/x'],
      /sub is a repository of its own/,
      false,
    ],
    ['works on a branch of its own', ['.gitignore', 'README.md', 'own'], /on its own branch idea/, false],
    ['amends the base', ['.gitignore', 'README.md', 'own'], /^history_rewritten: /, false],
    ['stashes some of its work', ['.gitignore', 'README.md', 'own'], /kept in the worktree: work in the stash/, true],
    ['deletes the git directory', ['.gitignore', 'README.md', 'own'], /git directory is of no use/, true],
  ])('of an agent that %s', async (name, files, warning, kept) => {
    const job = jobOf(name);
    expect(job).toMatchObject({ status: 'succeeded', error: null });
    expect(await filesOf(job)).toEqual(files);
    expect(job.warnings).toEqual([expect.stringMatching(warning)]);
    expect(isKept(job)).toBe(kept);
  });
});

test('what git ignores is named and kept where there is nothing else', () => {
  const job = jobOf('makes what git ignores');
  expect(job).toMatchObject({ status: 'succeeded', branch: null, warnings: [expect.stringContaining('.env.example')] });
  expect(isKept(job)).toBe(true);
});

describe('what cannot be delivered fails the job, says what it is, and is kept', () => {
  test.each<[Name, string, string]>([
    ['stashes its work', 'work_not_on_branch', 'the stash'],
    ['deletes everything', 'agent_failed', 'no file of main'],
    ['does not finish a merge', 'agent_failed', 'README.md'],
    ['makes too many files', 'commit_too_large', '7 new or changed files, 6 of them in node_modules/'],
  ])('of an agent that %s', (name, error_code, says) => {
    const job = jobOf(name);
    expect(job).toMatchObject({ status: 'failed', error_code, error: expect.stringContaining(says), branch: null });
    expect(isKept(job)).toBe(true);
  });
});

test('work that was kept is saved by the commands of docs/repositories.md', async () => {
  const { worktree_path } = jobOf('stashes its work');
  const documented = commandsWith('git stash list', 'docs/repositories.md');
  // What a person does with what the first commands show.
  const branch = 'git stash branch my-branch >/dev/null && git commit --all --quiet --message saved\n';
  const commands = documented
    .replace('git push', `${branch}git push --quiet`)
    .replace('git@github.com:org/repo.git', world.repo);
  const env = { ...world.env, WORKTREE: worktree_path ?? '', GIT_CONFIG_GLOBAL: join(world.dir, 'gitconfig') };
  await writeFile(env.GIT_CONFIG_GLOBAL, '[user]\n\tname = Ada\n\temail = ada@example.com\n');
  const { stdout } = await promisify(execFile)('sh', ['-e', '-c', commands], { env });
  expect(stdout).toMatch(/^stash@\{0\}: /m);
  expect(stdout).toContain(worktree_path);
  expect(await plainGit(world.repo, 'show', 'my-branch:README.md')).toBe('changed');
});

describe('an agent is told once what it has to mend', () => {
  test.each<[Name, string]>([
    ['finishes its merge when told', 'both'],
    ['removes files when told', '# sample'],
  ])('such as one that %s', async (name, readme) => {
    const job = jobOf(name);
    expect(job).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await plainGit(world.repo, 'show', `${String(job.branch)}:README.md`)).toBe(readme);
    expect(await filesOf(job)).not.toContain('node_modules/1');
    expect(isKept(job)).toBe(false);
  });

  test('and not a second time', () => {
    const told = world.model.turns('does not finish a merge').map(({ conversation }) => conversation?.latest ?? '');
    expect(new Set(told.filter((text) => text.includes('did not finish'))).size).toBe(1);
  });
});

needs('git-lfs')(
  'files in Git LFS and submodules are there, and what is new in Git LFS is delivered with its content',
  async () => {
    const job = jobOf('works with what lies outside');
    expect(job).toMatchObject({ status: 'succeeded', warnings: [], error: null });
    const art = join(world.dir, 'art.git');
    expect(`${await plainGit(art, 'show', `${String(job.branch)}:new.psd`)}\n`).toBe(pointerOf('new'));
    expect(await plainGit(art, 'show', `${String(job.branch)}:copied`)).toBe('lib');
    expect(await readFile(objectIn(art, 'new'), 'utf8')).toBe('new');
  },
);
