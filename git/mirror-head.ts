import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { Branches } from './fetch.ts';
import { git, type GitOptions } from './git.ts';
import { makeInitialCommit } from './initial-commit.ts';
import type { RemoteHead } from './remote-head.ts';

/**
 * Points HEAD of a mirror at the default branch, which is given. A repository without commits gets the one on which
 * work can begin; one that does not give out what its HEAD names is `repo_incomplete`.
 */
export async function setHead(
  dir: string,
  repo: RepoUrl,
  { head, branches }: { head: RemoteHead; branches: Branches },
  held: Pick<GitOptions, 'signal' | 'lock'>,
): Promise<string> {
  if (head.sha !== undefined && (head.branch === undefined ? branches.size === 0 : !branches.has(head.branch))) {
    throw new Failure(
      'repo_incomplete',
      `${repo.url} names ${head.sha} as its HEAD${head.branch === undefined ? ', which is on no branch' : ` on ${head.branch}, but does not give it out`}.`,
    );
  }
  // A remote HEAD may be detached, or name a branch without commits; then the branch at its commit, or a usual name,
  // stands in.
  const [first] = branches.keys();
  const at = [...branches].find(([, sha]) => sha === head.sha)?.[0];
  const found = [head.branch, at, 'main', 'master', first].find((name) => name !== undefined && branches.has(name));
  const branch = found ?? head.branch ?? 'main';
  if (found === undefined) await makeInitialCommit(dir, branch, head.format, held);
  const ref = `refs/heads/${branch}`;
  // The file is read here, and never written: a HEAD that names a branch is one of this form in all repositories.
  if ((await readFile(join(dir, 'HEAD'), 'utf8')) !== `ref: ${ref}\n`)
    await git(['--git-dir', dir, 'symbolic-ref', 'HEAD', ref], { action: 'read the mirror', ...held });
  return branch;
}
