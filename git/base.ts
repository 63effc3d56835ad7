import { Failure } from '../contract/shared/failures.ts';
import { isGitRef } from '../contract/http/repo-url.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { tryGit } from './git.ts';
import type { LocalMirror } from './mirror.ts';

/**
 * The commit where a job starts: `baseRef` as full commit id, branch or tag, in this order, or the default branch. In a
 * repository without commits the sha is null. A ref that the mirror does not have is `ref_not_found`.
 */
export async function resolveBase(mirror: LocalMirror, baseRef?: string, signal?: AbortSignal): Promise<Base> {
  if (mirror.defaultBranch === null && (baseRef === undefined || baseRef === 'main')) return { ref: 'main', sha: null };
  const ref = baseRef ?? mirror.defaultBranch ?? 'main';
  if (!isGitRef(ref))
    throw new Failure('invalid_request', 'base_ref must be the name of a branch, a tag or a full commit id');
  for (const name of namesOf(ref)) {
    const ran = await tryGit(
      ['--git-dir', mirror.dir, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
      {
        action: 'read the mirror',
        signal,
      },
    );
    const sha = /^[0-9a-f]{40,64}$/m.exec(ran.stdout)?.[0];
    if (ran.code === 0 && sha !== undefined) return { ref, sha };
  }
  throw new Failure(
    'ref_not_found',
    `The repository has no branch, tag or commit ${ref}; choose a base_ref that exists.`,
  );
}

function namesOf(ref: string): string[] {
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}`];
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) return [ref, ...names];
  return /^refs\/(heads|tags)\//.test(ref) ? [...names, ref] : names;
}
