import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The environment of a person without configuration of this machine. */
const personIn = (cwd: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: cwd,
  TOP: cwd,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Sample',
  GIT_AUTHOR_EMAIL: 'sample@example.invalid',
  GIT_COMMITTER_NAME: 'Sample',
  GIT_COMMITTER_EMAIL: 'sample@example.invalid',
});

/** Runs plain git as a person would; gives trimmed stdout. */
export async function plainGit(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('git', args, { cwd, env: personIn(cwd), maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** Runs a script of the shell as a person would, in `cwd`, which is `$TOP`; gives trimmed stdout. */
export async function runShell(cwd: string, script: string): Promise<string> {
  const { stdout } = await execute('/bin/sh', ['-c', script], { cwd, env: personIn(cwd) });
  return stdout.trim();
}

/** Contents of a sample repository: path in the repository → text. */
export type Files = Readonly<Record<string, string>>;

/**
 * Makes a bare repository at `dir` whose default branch holds one commit with `files`; without files it has no commit.
 * Gives the commit.
 */
export async function createBareRepo(
  dir: string,
  { branch = 'main', files = { 'README.md': '# sample\n' } }: { branch?: string; files?: Files | null } = {},
): Promise<string | null> {
  await mkdir(dir, { recursive: true });
  await plainGit(dir, 'init', '--bare', '--quiet', `--initial-branch=${branch}`, '.');
  return files === null ? null : commitFiles(dir, branch, files, 'first commit');
}

/**
 * Adds a commit with `files` to a branch of the bare repository at `dir`, making the branch from the default one if it
 * is new. Gives the commit.
 */
export async function commitFiles(dir: string, branch: string, files: Files, message = 'change'): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'sample-repo-'));
  try {
    await plainGit(work, 'clone', '--quiet', dir, '.');
    const known = await plainGit(work, 'branch', '--remotes', '--list', `origin/${branch}`);
    await plainGit(work, 'checkout', '--quiet', '-B', branch, ...(known === '' ? [] : [`origin/${branch}`]));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    await plainGit(work, 'add', '--all');
    await plainGit(work, 'commit', '--quiet', '--message', message);
    await plainGit(work, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    return await plainGit(work, 'rev-parse', 'HEAD');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
