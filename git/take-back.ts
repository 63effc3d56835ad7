import { deliveryRepository } from './delivery-repository.ts';
import { INERT, REMOVE_LOCKS, type RunConfined } from './confined.ts';
import { git } from './git.ts';
import type { Remade } from './remake.ts';

const LIMIT_MS = 2 * 60_000;

// Input: commits in base64, parents first, and which commit takes the place of which.
const TAKE = `
git() { command git ${INERT} "$@"; }
export GIT_NO_REPLACE_OBJECTS=1
${REMOVE_LOCKS}
while read -r what one two; do
  case $what in
    commit) printf %s "$one" | base64 -d | git hash-object -w -t commit --stdin >/dev/null || exit ;;
    move)
      if test "$(git rev-parse --verify --quiet HEAD)" = "$one"; then git update-ref HEAD "$two" "$one" || exit; fi
      git for-each-ref --points-at="$one" --format='%(refname)' refs/heads refs/agenticore | while read -r ref; do
        git update-ref "$ref" "$two" "$one" || exit
      done ;;
  esac
done
`;

/**
 * Has the commits that were made anew take the place of the agent's in its checkout, whose files are the same: work
 * that is added there goes on from what is delivered. A repository that git cannot use stays as it is.
 */
export async function takeBack(
  confined: RunConfined,
  path: string,
  { moved }: Remade,
  signal?: AbortSignal,
): Promise<void> {
  const dir = deliveryRepository(path);
  const lines: string[] = [];
  for (const made of new Set(moved.values())) {
    const text = await git(['--git-dir', dir, 'cat-file', 'commit', made], { action: 'read the commit', signal });
    lines.push(`commit ${Buffer.from(text).toString('base64')}`);
  }
  for (const [old, made] of moved) lines.push(`move ${old} ${made}`);
  const input = lines.map((line) => `${line}\n`).join('');
  await confined(['/bin/sh', '-c', TAKE, 'take'], { cwd: path, input, signal, timeoutMs: LIMIT_MS });
}
