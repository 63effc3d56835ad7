import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import type { Base } from '../contract/workflow/job-spec.ts';

/**
 * Runs a command as the agent would: in its sandbox, with its environment. Resolves with the exit code whatever it is,
 * and leaves no process behind.
 */
export type RunConfined = (
  command: readonly string[],
  options: { cwd: string; input: string; signal?: AbortSignal | undefined; timeoutMs: number },
) => Promise<{ code: number; stdout: string; stderr: string }>;

export interface WorkToCommit {
  /** The checkout. */
  path: string;
  base: Base;
  /** Message of the commit that takes what the agent left uncommitted. */
  message: string;
}

const LIMIT_MS = 5 * 60_000;

// One program for all steps, since entering the sandbox costs more than git. $1 is the base or empty; the message is
// its input. A git that was killed with the agent leaves its locks, and each of them stops the next git.
const COMMIT = `
git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgSign=false -c gc.auto=0 "$@"; }
find .git -name '*.lock' -type f -not -path '.git/objects/??/*' -delete
git add --all -- . || exit
git diff --cached --quiet --no-ext-diff
case $? in
  0) ;;
  1) git commit --quiet --no-verify --allow-empty-message --file=- || exit ;;
  *) exit 1 ;;
esac
head=$(git rev-parse --verify --quiet 'HEAD^{commit}') || exit 0
echo "head $head"
if test -z "$1" || git merge-base --is-ancestor "$1" "$head"; then echo descends; fi
`;

/**
 * Commits what the agent left and returns the commit to deliver, or null when it is the base itself. What counts is
 * HEAD, on whatever branch the agent ended or on none: that is the tree it last worked in. A HEAD that does not build
 * on the base is `agent_failed`, because such a branch could not be merged. All git runs confined: the agent may have
 * planted filters and programs in the repository's configuration. To be called when no process of the agent lives; may
 * be repeated.
 */
export async function commitChanges(
  confined: RunConfined,
  work: WorkToCommit,
  signal?: AbortSignal,
): Promise<string | null> {
  const command = ['/bin/sh', '-c', COMMIT, 'commit', work.base.sha ?? ''];
  const ran = await confined(command, { cwd: work.path, input: work.message, signal, timeoutMs: LIMIT_MS });
  if (ran.code !== 0) throw failed(ran.stderr);
  const sha = /^head ([0-9a-f]{40,64})$/m.exec(ran.stdout)?.[1] ?? null;
  if (sha === work.base.sha) return null;
  if (sha !== null && /^descends$/m.test(ran.stdout)) return sha;
  const where = sha === null ? 'without a commit' : `at ${sha.slice(0, 12)}`;
  throw new Failure(
    'agent_failed',
    `The agent left the repository ${where}, which is not based on ${work.base.ref}. The work is kept in the worktree.`,
  );
}

function failed(stderr: string): Failure {
  const type = /No space left on device|Disk quota exceeded/.test(stderr) ? 'disk_full' : 'agent_failed';
  const quote = redact(stderr).trim().slice(-600);
  return new Failure(type, `The agent's work could not be committed; it is kept in the worktree. git says: ${quote}`);
}
