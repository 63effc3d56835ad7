import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { git, type GitOptions } from './git.ts';

/**
 * By this name a mirror notes that a remote gives it less than all. The mirror does not know the remote's address, so
 * that no git can fetch there what is missing but one that is told the address.
 */
const NAME = 'origin';

/** How a command of `git fetch` says from where it fetches, and what it leaves out. */
interface Source {
  flags: string[];
  name: string;
  config: string[];
}

/** `repo` as it is fetched with `filter`, a filter-spec of git; all of it where that is undefined. */
export const sourceOf = (repo: RepoUrl, filter: string | undefined): Source =>
  filter === undefined
    ? { flags: ['--no-filter'], name: repo.url, config: [] }
    : { flags: [`--filter=${filter}`], name: NAME, config: [`remote.${NAME}.url=${repo.url}`] };

/** Whether contents of files may be missing in the mirror `dir`. */
export async function isPartial(dir: string): Promise<boolean> {
  const config = await readFile(join(dir, 'config'), 'utf8').catch(() => '');
  return /^\s*promisor = true$/m.test(config);
}

/** What whoever works in a checkout of the mirror should know of it; empty where it is whole. */
export const partialNote = async (dir: string): Promise<string> => ((await isPartial(dir)) ? NOTE : '');

const NOTE =
  'The repository is a partial clone: all files of this checkout are here, but the contents of other commits are not, so `git log -p`, `git blame`, and a checkout or merge of another commit end with "unable to read".';

/** Notes that nothing is missing in the mirror `dir` any more. */
export async function markWhole(dir: string, held: Pick<GitOptions, 'signal' | 'lock'>): Promise<void> {
  const forget = ['config', '--remove-section', `remote.${NAME}`];
  await git(['--git-dir', dir, ...forget], { action: 'configure the mirror', ...held });
  const packs = join(dir, 'objects', 'pack');
  const marks = (await readdir(packs)).filter((name) => name.endsWith('.promisor'));
  for (const mark of marks) await rm(join(packs, mark), { force: true });
}
