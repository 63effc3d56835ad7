import { INERT, REMOVE_LOCKS, runShell, type RunConfined } from './confined.ts';

const LIMIT_MS = 5 * 60_000;

const RESTORE = `
git() { command git ${INERT} "$@"; }
${REMOVE_LOCKS}
git status --porcelain --untracked-files=normal --no-renames || exit
git reset --quiet --hard "$1" && git clean --quiet -ffd
`;

/**
 * Makes the checkout at `path` as commit `sha` has it, and removes what git does not know and does not ignore. Answers
 * the paths that had changed. All git runs confined.
 */
export async function restoreCommit(
  confined: RunConfined,
  { path, sha }: { path: string; sha: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const failure = 'What verify wrote could not be discarded.';
  const shell = { text: RESTORE, args: [sha], cwd: path, signal, timeoutMs: LIMIT_MS, failure };
  const changed = await runShell(confined, shell);
  return changed.split('\n').flatMap((line) => (line === '' ? [] : line.slice(3)));
}
