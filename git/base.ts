import { Failure } from '../contract/shared/failures.ts';
import { isGitRef, REF_AND_PATH } from '../contract/http/git-ref.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { tryGit } from './git.ts';
import { branchTip, type LocalMirror } from './mirror.ts';

/**
 * The commit where a job starts: `baseRef` as full commit id, branch or tag, in this order, or the default branch. What
 * looks like a remote-tracking branch, such as origin/main, is the branch where nothing is called so. A ref that the
 * mirror does not have is `ref_not_found`.
 */
export async function resolveBase(mirror: LocalMirror, baseRef?: string, signal?: AbortSignal): Promise<Base> {
  const page = baseRef?.startsWith(REF_AND_PATH) === true;
  const asked = page ? baseRef.slice(REF_AND_PATH.length) : (baseRef ?? mirror.defaultBranch);
  if (!isGitRef(asked))
    throw new Failure('invalid_request', 'base_ref must be the name of a branch, a tag or a full commit id');
  const candidates = page ? shorterAndShorter(asked) : [asked];
  for (const [name, ref] of candidates.flatMap(namesOf)) {
    const sha = await commitOf(mirror, name, signal);
    if (sha !== null) return { ref, sha };
  }
  throw new Failure(
    'ref_not_found',
    `The repository has no branch, tag or commit ${asked}; choose a base_ref that exists.`,
  );
}

async function commitOf(mirror: LocalMirror, name: string, signal?: AbortSignal): Promise<string | null> {
  const branch = /^refs\/heads\/(.+)$/.exec(name)?.[1];
  if (branch !== undefined) return branchTip(mirror, branch);
  const look = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const ran = await tryGit(['--git-dir', mirror.dir, ...look], { action: 'read the mirror', signal });
  return ran.code === 0 ? ran.stdout.trim() : null;
}

/** a/b/c, a/b and a: a branch and a folder in it, of which the repository has no second one. */
const shorterAndShorter = (text: string): string[] =>
  text.split('/').map((_part, index, parts) => parts.slice(0, parts.length - index).join('/'));

/** What `asked` may name, each with how it is shown. */
function namesOf(asked: string): (readonly [name: string, shown: string])[] {
  const names: [string, string][] = [
    [`refs/heads/${asked}`, asked],
    [`refs/tags/${asked}`, asked],
  ];
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(asked)) names.unshift([asked, asked]);
  if (/^refs\/(heads|tags)\//.test(asked)) names.push([asked, asked.replace(/^refs\/(heads|tags)\//, '')]);
  const remote = /^(?:refs\/remotes\/)?origin\/(.+)$/.exec(asked)?.[1];
  return remote === undefined ? names : [...names, [`refs/heads/${remote}`, remote]];
}
