import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { removeTree } from '../processes/remove-tree.ts';
import { appendConfig, fillCheckout, quote } from './checkout.ts';
import { borrowedIn, type CheckedOut } from './completion.ts';
import { completeTrees } from './complete-trees.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { tryGit } from './git.ts';
import { readIndexFacts } from './index-file.ts';
import { bringLfsFiles, isPassing } from './lfs-checkout.ts';
import { bringMirrorUpToDate, mirrorDir } from './mirror.ts';
import { formatOf } from './remote-head.ts';
import type { Remotes } from './remotes.ts';
import { registeredIn, submoduleRepo, shownText, type Registered, type RepoOf } from './submodules.ts';

/** How deep submodules of submodules are followed, and how many there are at most. */
const MAX_DEPTH = 5;
const MAX_SUBMODULES = 100;

export interface SubmodulePlan {
  /** The checkout of the repository itself, which no agent has seen. */
  path: string;
  repo: RepoUrl;
  remotes: Remotes;
  repoOf: RepoOf;
  author: { name: string; email: string };
  /** Whether files in Git LFS are brought. */
  lfs: boolean;
}

/** A checkout whose submodules are brought. */
interface Parent {
  /** Where it is in the worktree; empty for the worktree itself. */
  within: string;
  repo: RepoUrl;
  mirrorDir: string;
  sha: string;
  links: ReadonlyMap<string, string>;
  depth: number;
}

export interface Submodules {
  there: CheckedOut[];
  /** Why others are not, each as a sentence. */
  lacks: string[];
}

/**
 * Checks out the submodules that are on the host of the repository, each as isolated as the repository itself, and
 * theirs. Nothing that `.gitmodules` says is used but paths and addresses. Fails where a remote does not answer.
 */
export async function bringSubmodules(
  plan: SubmodulePlan,
  top: Omit<Parent, 'within' | 'depth' | 'repo'>,
  signal?: AbortSignal,
): Promise<Submodules> {
  const done: Submodules = { there: [], lacks: [] };
  const todo: Parent[] = [{ ...top, repo: plan.repo, within: '', depth: 1 }];
  for (let parent = todo.shift(); parent !== undefined; parent = todo.shift()) {
    let registered: Map<string, Registered> | undefined;
    for (const [name, sha] of parent.links) {
      const path = join(parent.within, name);
      try {
        registered ??= await registeredIn(parent.mirrorDir, parent.sha, signal);
        if (parent.depth > MAX_DEPTH || done.there.length >= MAX_SUBMODULES) throw tooMany();
        todo.push(await bring(plan, parent, { path, sha, known: registered.get(name) }, done, signal));
      } catch (error) {
        if (!(error instanceof Failure) || isPassing(error)) throw error;
        done.lacks.push(`The submodule ${shownText(path)} is not checked out: its folder is empty. ${error.message}`);
      }
    }
  }
  return done;
}

const tooMany = (): Failure =>
  new Failure('commit_too_large', `At most ${MAX_SUBMODULES} submodules are checked out, ${MAX_DEPTH} deep.`);

interface Link {
  path: string;
  sha: string;
  known: Registered | undefined;
}

async function bring(
  plan: SubmodulePlan,
  parent: Parent,
  { path, sha, known }: Link,
  done: Submodules,
  signal?: AbortSignal,
): Promise<Parent> {
  if (known === undefined) throw new Failure('repo_not_found', 'It is not registered in .gitmodules.');
  const repo = submoduleRepo(known.url, parent.repo, plan.repo, plan.repoOf);
  const target = join(plan.path, path);
  await checkFolder(plan.path, path);
  const mirror = await mirrorWith(plan.remotes, repo, sha, signal);
  await completeTrees(plan.remotes, repo, [sha], signal);
  done.there.push({ path, url: repo.url, sha, mirrorDir: mirror });
  const delivery = deliveryRepository(plan.path);
  await mkdir(delivery, { recursive: true });
  await writeFile(borrowedIn(delivery), done.there.map(({ mirrorDir }) => `${join(mirrorDir, 'objects')}\n`).join(''));
  const aside = join(delivery, 'submodule.new');
  await removeTree(aside);
  const { author } = plan;
  const checkout = { path: aside, mirrorDir: mirror, repo, branch: null, base: { ref: 'HEAD', sha }, author };
  await fillCheckout(checkout, aside, signal);
  const index = await readIndexFacts(join(aside, '.git', 'index'), aside, formatOf(sha));
  if (plan.lfs && index?.lfs === true) {
    const lacks = await bringLfsFiles({ path: aside, mirrorDir: mirror, repo, remotes: plan.remotes, sha }, signal);
    if (lacks !== undefined) done.lacks.push(`In the submodule ${shownText(path)}: ${lacks}`);
  }
  await removeTree(target);
  await rename(aside, target);
  await register(join(plan.path, parent.within), known, repo);
  return { within: path, repo, mirrorDir: mirror, sha, links: index?.links ?? new Map(), depth: parent.depth + 1 };
}

/** Git in the checkout above knows the submodule as one that is used. */
async function register(above: string, { name }: Registered, { url }: RepoUrl): Promise<void> {
  if (/[\u0000-\u001f]/.test(name)) return;
  await appendConfig(above, `[submodule ${quote(name)}]\n\tactive = true\n\turl = ${quote(url)}\n`);
}

/** The mirror of a submodule, with the commit. */
export async function mirrorWith(remotes: Remotes, repo: RepoUrl, sha: string, signal?: AbortSignal): Promise<string> {
  const dir = mirrorDir(remotes.reposRoot, repo);
  const isThere = async (): Promise<boolean> => (await exists(dir)) && (await hasCommit(dir, sha, signal));
  if (!(await isThere())) await bringMirrorUpToDate(remotes, repo, signal);
  if (await isThere()) return dir;
  throw new Failure('ref_not_found', `No branch or tag of ${repo.url} has its commit ${sha}.`);
}

async function hasCommit(dir: string, sha: string, signal?: AbortSignal): Promise<boolean> {
  const look = ['--git-dir', dir, 'cat-file', '-e', `${sha}^{commit}`];
  return (await tryGit(look, { action: 'read the mirror', signal })).code === 0;
}

/** Throws where a folder on the way to `path` is a link, or the path is none within the checkout. */
async function checkFolder(root: string, path: string): Promise<void> {
  const strange = new Failure('repo_not_found', 'Its path is not that of a folder in the repository.');
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git'))
    throw strange;
  for (let folder = path; folder !== '.'; folder = dirname(folder)) {
    const found = await lstat(join(root, folder)).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) throw strange;
  }
}
