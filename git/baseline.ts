import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { INERT, runShell, type RunConfined } from './confined.ts';
import { deliveryRepository } from './delivery-repository.ts';

const LIMIT_MS = 5 * 60_000;

/** Most files that are named. */
const MAX_NAMED = 5;

/** What setup left in a checkout, beside what git ignores anyway. */
interface Baseline {
  /** Files and folders (these end with a slash) that git does not know. */
  untracked: string[];
  /** Tracked files that setup changed, with the hash of what it wrote; null where it deleted the file. */
  changed: Record<string, string | null>;
}

const NOTHING: Baseline = { untracked: [], changed: {} };

/** Beside the checkout, where no agent can write. */
const fileOf = (checkout: string): string => join(deliveryRepository(checkout), 'baseline.json');

const GIT = `git() { command git ${INERT} -c core.quotePath=false "$@"; }`;

// Names with a line end are left out: git cannot be told of them in a line.
const FIND = `${GIT}
git ls-files --others --exclude-standard --directory --no-empty-directory | sed 's/^/u /' &&
git diff-files --name-only | while IFS= read -r path; do
  if test -e "$path"; then echo "c $(git hash-object -- "$path") $path"; else echo "d $path"; fi
done`;

// Else `git add --all` of the agent itself would take it.
const HIDE = `${GIT}
mkdir -p .git/info && cat >>.git/info/exclude && touch .git/agenticore-setup && if test $# -gt 0; then git update-index --skip-worktree -- "$@"; fi`;

/**
 * Records what setup left in the checkout as the state in which the agent begins, so that it is not delivered. All git
 * runs confined.
 */
export async function recordBaseline(confined: RunConfined, path: string, signal?: AbortSignal): Promise<void> {
  const found = await program(confined, path, FIND, { signal });
  const lines = found.split('\n').filter((line) => line !== '' && !line.slice(2).startsWith('"'));
  const untracked = lines.flatMap((line) => (line.startsWith('u ') ? line.slice(2) : []));
  const changed = Object.fromEntries(lines.flatMap(changedIn));
  const before = await readBaseline(path);
  const baseline: Baseline = {
    untracked: [...new Set([...before.untracked, ...untracked])],
    changed: { ...before.changed, ...changed },
  };
  await mkdir(dirname(fileOf(path)), { recursive: true });
  await writeFile(fileOf(path), JSON.stringify(baseline));
  const input = patternsOf(baseline);
  await program(confined, path, HIDE, { input, more: Object.keys(changed), signal });
}

const changedIn = (line: string): [string, string | null][] => {
  if (line.startsWith('d ')) return [[line.slice(2), null]];
  const [, hash = '', path = ''] = /^c ([0-9a-f]+) (.*)$/.exec(line) ?? [];
  return path === '' ? [] : [[path, hash]];
};

/** Lines for an exclude file of git that name what setup left, and nothing else. */
export const baselinePatterns = async (path: string): Promise<string> => patternsOf(await readBaseline(path));

const patternsOf = ({ untracked }: Baseline): string =>
  untracked.map((name) => `/${name.replaceAll(/[\\*?[\] ]/g, '\\$&')}\n`).join('');

const CHANGED_SINCE = `${GIT}
while IFS=' ' read -r hash path; do
  now=-
  if test -e "$path"; then now=$(git hash-object -- "$path"); fi
  if test "$now" != "$hash"; then git update-index --no-skip-worktree -- "$path"; fi
done
for path; do find "./$path" -type f -newer .git/agenticore-setup; done 2>/dev/null | head -n ${MAX_NAMED} | cut -c 3-`;

/**
 * Lets git see the tracked files again that setup had changed and the agent has changed since. Answers some of the
 * files that the agent wrote among those that git does not know: they are not delivered.
 */
export async function showChangedSince(confined: RunConfined, path: string, signal?: AbortSignal): Promise<string[]> {
  const { changed, untracked } = await readBaseline(path);
  const lines = Object.entries(changed).map(([name, hash]) => `${hash ?? '-'} ${name}\n`);
  if (lines.length === 0 && untracked.length === 0) return [];
  const options = { input: lines.join(''), more: untracked, signal };
  // Where the agent's repository is of no use, the commit is made without it.
  const found = await program(confined, path, CHANGED_SINCE, options).catch(() => '');
  return found.split('\n').filter(Boolean);
}

async function readBaseline(path: string): Promise<Baseline> {
  const text = await readFile(fileOf(path), 'utf8').catch(() => undefined);
  return text === undefined ? NOTHING : (JSON.parse(text) as Baseline);
}

/** Runs one of the programs in the checkout at `cwd`. */
const program = (
  confined: RunConfined,
  cwd: string,
  text: string,
  { more: args = [], ...options }: { input?: string; more?: string[]; signal?: AbortSignal | undefined },
): Promise<string> =>
  runShell(confined, {
    ...{ text, args, cwd, timeoutMs: LIMIT_MS, failure: 'What setup left could not be told apart.' },
    ...options,
  });
