import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { Failure } from '../contract/shared/failures.ts';
import { resolveBase } from '../git/base.ts';
import { createCheckout } from '../git/checkout.ts';
import { completeTrees } from '../git/complete-trees.ts';
import { bringMirrorUpToDate } from '../git/mirror.ts';
import type { Remotes } from '../git/remotes.ts';
import { withLock } from '../processes/file-lock.ts';

/** What a repository is fetched into, and who says what is wrong with a version. */
export interface SyncedRepository {
  /** A link to the version in use; the versions lie beside it. */
  current: string;
  repo: RepoUrl;
  /** The default branch when undefined. */
  branch: string | undefined;
  /** What is usable in a version, and a sentence for each thing that is not, by its name. */
  check: (dir: string) => Promise<{ usable: string[]; problems: { name: string; text: string }[] }>;
}

/**
 * Fetches the repository and takes its newest version into use, unless something would break in it that works now:
 * then it throws `invalid_package`, and what was in use stays. Answers the commit.
 */
export async function syncRepository(
  remotes: Remotes,
  { current, repo, branch, check }: SyncedRepository,
  signal: AbortSignal,
): Promise<string> {
  const home = dirname(current);
  await mkdir(home, { recursive: true, mode: 0o700 });
  return withLock(
    join(home, 'lock'),
    async () => {
      const mirror = await bringMirrorUpToDate(remotes, repo, signal);
      const base = await resolveBase(mirror, branch, signal);
      if (base.sha === null) throw new Failure('ref_not_found', `${repo.url} has no commit.`);
      await completeTrees(remotes, repo, [base.sha], signal);
      const path = join(home, base.sha);
      const author = { name: 'agenticore', email: 'agenticore@localhost' };
      await createCheckout({ path, mirrorDir: mirror.dir, repo, branch: null, base, author }, signal);
      await take(current, path, check);
      return base.sha;
    },
    { signal },
  );
}

async function take(current: string, path: string, check: SyncedRepository['check']): Promise<void> {
  const before = await readlink(current).catch(() => undefined);
  if (before === basename(path)) return;
  const { problems } = await check(path);
  const usable = before === undefined ? [] : (await check(join(dirname(path), before))).usable;
  const broken = problems.filter(({ name }) => usable.includes(name));
  if (broken.length > 0) {
    await rm(path, { recursive: true, force: true });
    const what = broken.map(({ text }) => text).join('; ');
    throw new Failure('invalid_package', `The version ${basename(path).slice(0, 12)} is not taken: ${what}.`);
  }
  const draft = `${current}.new`;
  await rm(draft, { force: true });
  await symlink(basename(path), draft);
  await rename(draft, current);
  await removeOlder(current, [basename(path), before]);
}

/** An agent may still read the version before. */
async function removeOlder(current: string, kept: (string | undefined)[]): Promise<void> {
  const home = dirname(current);
  const versions = (await readdir(home)).filter((name) => /^[0-9a-f]{40,}$/.test(name) && !kept.includes(name));
  for (const version of versions) await rm(join(home, version), { recursive: true, force: true });
}
