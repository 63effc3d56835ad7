import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { forgeOf } from '../forges/forge-of.ts';
import type { Forge } from '../forges/forge.ts';
import { git } from '../git/git.ts';
import { EMPTY_TREE } from '../git/initial-commit.ts';
import { remoteOptions } from '../git/remotes.ts';
import type { Remaking } from '../git/remake.ts';
import { changedEntries, readBlob } from '../git/tree-changes.ts';
import type { HostSettings } from './deps.ts';
import { remotesOf } from './remotes.ts';

type CommitMaker = NonNullable<Forge['makeCommit']>;

/** The forge that makes and signs commits of the repository; fails `signing_failed` where there is none. */
export function signingForge({ forges }: HostSettings, repo: RepoUrl): CommitMaker {
  const forge = forgeOf(repo, forges);
  if (forge?.makeCommit !== undefined) return forge.makeCommit.bind(forge);
  throw new Failure(
    'signing_failed',
    `No forge signs the commits of ${repo.url}: \`commit_signing: forge\` needs a repository on GitHub, and a worker with a GitHub App.`,
  );
}

/** Has the forge make the commits, whose files and parents it gets or has, and brings them from there. */
export function forgeSigner(
  settings: HostSettings,
  repo: RepoUrl,
  signal: AbortSignal,
): Pick<Remaking, 'make' | 'bring'> {
  const make = signingForge(settings, repo);
  /** Trees of commits that are only on the forge yet. */
  const trees = new Map<string, string>();
  const treeOf = async (dir: string, commit: string | undefined): Promise<string | null> => {
    if (commit === undefined) return null;
    const look = ['--git-dir', dir, 'rev-parse', `${commit}^{tree}`];
    return trees.get(commit) ?? (await git(look, { action: 'read the commit', signal })).trim();
  };
  return {
    async make(dir, { tree, parents, message }) {
      const baseTree = await treeOf(dir, parents[0]);
      const entries = await changedEntries(dir, { from: baseTree ?? EMPTY_TREE.sha1, tree }, signal);
      const changes = entries.map((entry) => ({ ...entry, readFile: () => readBlob(dir, entry.sha ?? '', signal) }));
      const sha = await make({ tree, baseTree, parents, message, changes }, signal);
      trees.set(sha, tree);
      return sha;
    },
    async bring(dir, sha) {
      const options = await remoteOptions(remotesOf(settings), repo, `fetch the signed commits of ${repo.url}`, signal);
      const flags = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet', '--end-of-options'];
      const config = [...(options.config ?? []), 'fetch.fsckObjects=true'];
      await git(['--git-dir', dir, 'fetch', ...flags, repo.url, sha], { ...options, config });
    },
  };
}
