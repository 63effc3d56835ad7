import { join } from 'node:path';
import type { PartMode } from '../contract/shared/checkout-parts.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { Commit } from '../contract/workflow/delivery.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { changedFiles } from './tree-changes.ts';
import { lfsUnable } from './complete-checkout.ts';
import { readCompletion } from './completion.ts';
import type { RunConfined } from './confined.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { isWhole, readIndexFacts } from './index-file.ts';
import { forgetObjects, takeLfsObjects } from './lfs-commit.ts';
import { formatOf } from './remote-head.ts';
import type { Remotes } from './remotes.ts';
import { changedSubmodules, checkLinks, inSubmodules } from './submodule-commit.ts';
import type { RepoOf } from './submodules.ts';

export interface CommitToCheck {
  path: string;
  mirrorDir: string;
  /** Where the commit was made: it still has the index. */
  scratch: string;
  base: Base;
  repo: RepoUrl;
  remotes: Remotes;
  repoOf: RepoOf;
  lfs: PartMode;
}

/**
 * Whether a commit that was made, if one was, is right once it is pushed: what it has in Git LFS is taken over for its
 * delivery, what it says of submodules is asked for. Costs nothing where a repository has neither.
 */
export async function checkCommit(
  confined: RunConfined,
  commit: Commit,
  work: CommitToCheck,
  signal?: AbortSignal,
): Promise<Commit> {
  const { path, scratch, base } = work;
  const { sha, warnings } = commit;
  await forgetObjects(path);
  const completion = readCompletion(path);
  const format = formatOf(base.sha ?? '');
  const facts = await readIndexFacts(join(scratch, 'index'), path, format);
  const isPlain = facts !== undefined && isWhole(facts);
  if (commit.problem !== undefined || (completion === undefined && (isPlain || sha === null))) return commit;
  const links = facts?.links ?? new Map<string, string>();
  const left = await changedSubmodules(confined, path, completion?.submodules ?? [], links, signal);
  if (sha === null && left.length > 0)
    throw new Failure(
      'work_not_on_branch',
      `The agent left nothing on its branch, but there are ${inSubmodules(left)}. They are kept in the worktree.`,
    );
  if (sha === null) return commit;
  const changed = await changedFiles(deliveryRepository(path), { base: base.sha, sha }, signal);
  const moved = await checkLinks({ ...work, sha, changed }, signal);
  const taking = { ...work, base: base.sha, sha, changed, unable: await lfsUnable(work.lfs) };
  const problem = moved.problem ?? (await takeLfsObjects(taking, signal));
  const aside = left.length === 0 ? [] : [`Not delivered, but kept in the worktree: ${inSubmodules(left)}.`];
  const told = [...warnings, ...moved.warnings, ...aside];
  if (problem !== undefined) return { sha: null, warnings: told, keep: true, problem };
  return { ...commit, warnings: told, keep: commit.keep === true || left.length > 0 };
}
