import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
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
  head: RemoteHead,
  held: Pick<GitOptions, 'signal' | 'lock'>,
): Promise<string> {
  const local = { action: 'read the mirror', ...held };
  const listed = await git(
    ['--git-dir', dir, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads/'],
    local,
  );
  const branches = new Map(
    listed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]),
  );
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
  await git(['--git-dir', dir, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`], local);
  return branch;
}
