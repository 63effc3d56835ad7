import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import type { RunConfined } from './confined.ts';

const LIMIT_MS = 5 * 60_000;

const RESTORE = `
git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 "$@"; }
find .git -name '*.lock' -type f -not -path '.git/objects/??/*' -delete
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
  const command = ['/bin/sh', '-c', RESTORE, 'restore', sha];
  const { code, stdout, stderr } = await confined(command, { cwd: path, input: '', signal, timeoutMs: LIMIT_MS });
  if (code === 0) return stdout.split('\n').flatMap((line) => (line === '' ? [] : line.slice(3)));
  const quote = redact(stderr).trim().slice(-600);
  throw new Failure('internal', `What verify wrote could not be discarded. git says: ${quote}`);
}
