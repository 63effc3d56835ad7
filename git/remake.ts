import type { Person } from '../contract/workflow/commit-terms.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { git, type GitOptions } from './git.ts';
import type { NewCommit } from './signing.ts';

export interface Remaking {
  checkout: string;
  /** The commit to deliver, which the delivery repository has. */
  sha: string;
  base: string | null;
  /** Message of the one commit that all become; each stays one by itself when absent. */
  message: string | undefined;
  /** Author of that one, and committer of all. */
  person: Person;
  /** Makes a commit in the git directory `dir`. */
  make: (dir: string, commit: NewCommit) => Promise<string>;
  /** Brings the mirror up to date: the agent may have fetched commits that it does not know. */
  refresh: () => Promise<unknown>;
  /** Brings the last commit there, and all before it, where `make` makes them elsewhere. */
  bring?: (dir: string, sha: string) => Promise<void>;
}

export interface Remade {
  sha: string;
  /** Each commit that was made anew, and what became of it. */
  moved: ReadonlyMap<string, string>;
}

/** Commits that were made here: no agent can write these refs. */
const MADE = 'refs/agenticore/made';

/**
 * Makes the commits of the job anew, with the same files, in its delivery repository: all as one with a message, or
 * each by itself. What the base has, or the mirror knows of the remote, stays as it is. May be repeated, and gives
 * another commit then; to be called before the id is recorded for delivery.
 */
export async function remakeCommits(work: Remaking, signal?: AbortSignal): Promise<Remade> {
  const dir = deliveryRepository(work.checkout);
  const options = { action: "make the job's commits anew", signal };
  let commits = await newCommits(dir, work, options);
  if (commits.some(({ committed }) => committed !== work.person.email)) {
    await work.refresh();
    commits = await newCommits(dir, work, options);
  }
  const one = work.message !== undefined;
  const own = await git(['--git-dir', dir, 'for-each-ref', '--format=%(objectname)', MADE], options);
  if (commits.length === 0 || (one && own.split('\n').includes(work.sha))) return { sha: work.sha, moved: new Map() };
  const moved = one ? await asOne(dir, work, commits, options) : await eachAnew(dir, work, commits);
  const sha = moved.get(work.sha) ?? work.sha;
  await work.bring?.(dir, sha);
  const updates = [...new Set(moved.values())].map((made) => `update ${MADE}/${made} ${made}\n`);
  const input = `${updates.join('')}update refs/heads/work ${sha}\n`;
  await git(['--git-dir', dir, 'update-ref', '--stdin'], { ...options, input });
  return { sha, moved };
}

/** With the address of who committed it first. */
type OldCommit = NewCommit & { id: string; committed: string };

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%ad', '%ce', '%cd', '%B'];

/** The job's own commits, parents first. */
async function newCommits(dir: string, work: Remaking, options: GitOptions): Promise<OldCommit[]> {
  const not = ['--not', ...(work.base === null ? [] : [work.base]), '--alternate-refs'];
  // Of what was signed before nothing is signed again; one commit is made of it anew.
  const made = work.message === undefined ? [`--glob=${MADE}/*`] : [];
  const how = ['--topo-order', '--reverse', '--date=raw', '--encoding=UTF-8', '-z', `--format=${FIELDS.join('%x00')}`];
  const listed = await git(['--git-dir', dir, 'log', ...how, work.sha, ...not, ...made, '--'], options);
  const texts = listed.split('\0');
  const commits: OldCommit[] = [];
  for (let at = 0; at + FIELDS.length <= texts.length; at += FIELDS.length) {
    const [id = '', tree = '', parents = '', name = '', email = '', authorDate = '', ...rest] = texts.slice(at);
    const [committed = '', committerDate = '', text = ''] = rest;
    const message = `${text.trimEnd()}\n`;
    const author = isName(name) && email !== '' ? { name, email } : work.person;
    const dates = { authorDate, committerDate };
    commits.push({
      ...{ id, committed, tree, message, author, committer: work.person, ...dates },
      parents: parents.split(' ').filter(Boolean),
    });
  }
  return commits;
}

/** What git does not take for empty. */
const isName = (name: string): boolean => /[^\s.,:;<>"'\\]/.test(name);

async function eachAnew(dir: string, work: Remaking, commits: readonly OldCommit[]): Promise<Map<string, string>> {
  const moved = new Map<string, string>();
  for (const { id, ...commit } of commits) {
    const parents = commit.parents.map((parent) => moved.get(parent) ?? parent);
    moved.set(id, await work.make(dir, { ...commit, parents }));
  }
  return moved;
}

async function asOne(
  dir: string,
  { message = '', person, sha, make }: Remaking,
  commits: readonly OldCommit[],
  options: GitOptions,
): Promise<Map<string, string>> {
  const ids = new Set(commits.map(({ id }) => id));
  const outside = new Set(commits.flatMap(({ parents }) => parents).filter((parent) => !ids.has(parent)));
  const independent =
    outside.size < 2
      ? [...outside]
      : (await git(['--git-dir', dir, 'merge-base', '--independent', ...outside], options)).trim().split('\n');
  const tree = commits.find(({ id }) => id === sha)?.tree ?? '';
  const now = `${Math.floor(Date.now() / 1_000)} +0000`;
  const dates = { authorDate: now, committerDate: now };
  const people = { author: person, committer: person };
  const made = await make(dir, { tree, parents: independent, message: `${message.trim()}\n`, ...people, ...dates });
  return new Map([...ids].map((id) => [id, made]));
}
