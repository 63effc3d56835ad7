import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { Problem } from '../contract/workflow/delivery.ts';
import type { ChangedFile } from './tree-changes.ts';
import type { CheckedOut } from './completion.ts';
import { INERT, type RunConfined } from './confined.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { names } from './left-work.ts';
import { isPassing } from './lfs-checkout.ts';
import type { Remotes } from './remotes.ts';
import { mirrorWith } from './submodule-checkout.ts';
import { registeredIn, submoduleRepo, shownText, type RepoOf } from './submodules.ts';

const LIMIT_MS = 2 * 60_000;
const GITLINK = '160000';

interface MovedIn {
  /** The checkout, whose delivery repository has the commit. */
  path: string;
  repo: RepoUrl;
  remotes: Remotes;
  repoOf: RepoOf;
  sha: string;
  changed: readonly ChangedFile[];
}

/**
 * Why a commit cannot be delivered that moves submodules: the repository of one does not have what it is moved to. One
 * on another host is not asked; that is a warning.
 */
export async function checkLinks(
  { path, repo, remotes, repoOf, sha, changed }: MovedIn,
  signal?: AbortSignal,
): Promise<{ problem?: Problem; warnings: string[] }> {
  const moved = changed.filter(({ mode }) => mode === GITLINK);
  if (moved.length === 0) return { warnings: [] };
  const registered = await registeredIn(deliveryRepository(path), sha, signal).catch((error: unknown) => {
    if (error instanceof Failure && !isPassing(error)) return error;
    throw error;
  });
  if (registered instanceof Failure)
    return { warnings: [], problem: problem(`The repository cannot have submodules. ${registered.message}`) };
  const warnings: string[] = [];
  for (const link of moved) {
    const known = registered.get(link.path);
    const shown = `The submodule ${shownText(link.path)} was moved to ${link.id}`;
    if (known === undefined) return { warnings, problem: problem(`${shown}, but is not registered in .gitmodules.`) };
    let of: RepoUrl;
    try {
      of = submoduleRepo(known.url, repo, repo, repoOf);
    } catch (error) {
      warnings.push(`${shown}, and whether its repository has that is not known. ${(error as Error).message}`);
      continue;
    }
    try {
      await mirrorWith(remotes, of, link.id, signal);
    } catch (error) {
      if (!(error instanceof Failure) || isPassing(error)) throw error;
      return { warnings, problem: problem(`${shown}, which cannot be delivered. ${error.message}`) };
    }
  }
  return { warnings };
}

const problem = (what: string): Problem => ({
  code: 'submodule_not_pushed',
  message: `${what} Move the submodule back to where it was, or to a commit that its repository has, and commit that.`,
});

// Its input are what the repository has of each, and its path; it may be gone.
const LOOK = `
export GIT_NO_REPLACE_OBJECTS=1 GIT_OPTIONAL_LOCKS=0
while IFS=' ' read -r sha path; do
  test -e "$path/.git" || continue
  git() { command git -C "$path" ${INERT} -c status.showUntrackedFiles=normal "$@"; }
  # One that git cannot read may hold anything.
  changed=$(git status --porcelain 2>/dev/null) || changed=unknown
  test -z "$changed" && test "$(git rev-parse --verify --quiet 'HEAD^{commit}')" = "$sha" || echo "changed $path"
done
`;

/**
 * Of the submodules those whose folder has something that no commit of the repository tells of; `links` are what the
 * commit to deliver has of them. All git runs confined.
 */
export async function changedSubmodules(
  confined: RunConfined,
  path: string,
  submodules: readonly CheckedOut[],
  links: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<string[]> {
  // Names with a line end are left out: the shell cannot be told of them in a line.
  const input = submodules
    .filter((each) => !each.path.includes('\n'))
    .map((each) => `${links.get(each.path) ?? each.sha} ${each.path}\n`)
    .join('');
  if (input === '') return [];
  const { stdout } = await confined(['/bin/sh', '-c', LOOK], { cwd: path, input, signal, timeoutMs: LIMIT_MS });
  return stdout.split('\n').flatMap((line) => /^changed (.+)$/.exec(line)?.[1] ?? []);
}

/** Submodules with changes, in words. */
export const inSubmodules = (paths: readonly string[]): string =>
  `changes in ${paths.length === 1 ? 'the submodule' : 'the submodules'} ${names(paths.map(shownText))}`;
