import { INERT, type RunConfined } from './confined.ts';

const LIMIT_MS = 2 * 60_000;

// One program, since entering the sandbox costs more than git. Its input are the commits that the remote has, each with
// ^.
const LOOK = `
git() { command git ${INERT} -c status.showUntrackedFiles=normal "$@"; }
export GIT_NO_REPLACE_OBJECTS=1 GIT_OPTIONAL_LOCKS=0
changed=$(git status --porcelain --ignore-submodules=none -- .) || exit
test -z "$changed" || { echo uncommitted; exit 0; }
head=$(git rev-parse --verify --quiet 'HEAD^{commit}')
stash=$(git rev-parse --verify --quiet refs/stash)
ahead=$(git rev-list --max-count=1 --ignore-missing $head $stash --branches --stdin) || exit
test -z "$ahead" || echo commits
echo looked
`;

/**
 * What of a checkout is nowhere but there, in words; undefined where all of it is on the remote. `onRemote` are the
 * commits that the remote has. Counted are changes that are not committed, and commits of HEAD, of local branches and
 * of the stash; what git ignores is not. A checkout that git cannot read may hold anything. All git runs confined. To
 * be called when no process of an agent lives.
 */
export async function undeliveredWork(
  confined: RunConfined,
  { path, onRemote }: { path: string; onRemote: readonly string[] },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const input = onRemote.map((sha) => `^${sha}\n`).join('');
  const command = ['/bin/sh', '-c', LOOK, 'undelivered'];
  const ran = await confined(command, { cwd: path, input, signal, timeoutMs: LIMIT_MS });
  const words = new Set(ran.stdout.split('\n'));
  if (words.has('uncommitted')) return 'changes that are not committed';
  if (words.has('commits')) return 'commits that are not on the remote';
  return ran.code === 0 && words.has('looked') ? undefined : 'a repository that git cannot read';
}
