import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MAX_DIFF_BYTES } from '../contract/shared/artifacts.ts';
import type { DiffStat } from '../contract/workflow/job-progress.ts';
import { explain } from './git-errors.ts';
import { sealedEnv } from './git.ts';
import { EMPTY_TREE } from './initial-commit.ts';
import { formatOf } from './remote-head.ts';
import { run } from '../processes/run-program.ts';

const LIMIT_MS = 60_000;

// The statistics are one line of git's; the text, as far as it is kept, goes to a file beside its place. `head` ends
// git when it has enough. A delivery does not need the file.
const DIFF = `umask 077
dir=$1 from=$2 to=$3 draft=$4 most=$5
compare() { git --git-dir "$dir" diff "$1" --no-color --no-ext-diff --no-textconv --end-of-options "$from" "$to" --; }
compare --shortstat || exit
if test -n "$draft"; then compare --patch | head -c "$most" >"$draft" || rm -f "$draft"; fi`;

interface Commits {
  /** Null is the empty tree. */
  base: string | null;
  sha: string;
  /** Where the text is kept: at most one byte more than MAX_DIFF_BYTES, by which it is known as cut. */
  diffFile?: string | undefined;
}

/**
 * How much differs between two commits of a bare git directory that no agent can write. Keeps the text of it, too,
 * where that is wanted and can be done; a reader never sees half of it.
 */
export async function keepDiff(dir: string, { base, sha, diffFile }: Commits, signal?: AbortSignal): Promise<DiffStat> {
  const draft = diffFile === undefined ? '' : `${diffFile}.part`;
  if (diffFile !== undefined) await mkdir(dirname(diffFile), { recursive: true, mode: 0o700 }).catch(() => undefined);
  const compared = [dir, base ?? EMPTY_TREE[formatOf(sha)], sha, draft, String(MAX_DIFF_BYTES + 1)];
  const args = ['-c', DIFF, 'diff', ...compared];
  const ran = await run({ file: '/bin/sh', args, env: sealedEnv(), signal, timeoutMs: LIMIT_MS });
  if (ran.code !== 0 && ran.stdout === '') throw explain('compare the commits', ran.stderr);
  if (diffFile !== undefined) await rename(draft, diffFile).catch(() => undefined);
  return statIn(ran.stdout);
}

/** Such as ` 2 files changed, 3 insertions(+), 1 deletion(-)`; nothing where no file differs. */
function statIn(line: string): DiffStat {
  const count = (of: RegExp): number => Number(of.exec(line)?.[1] ?? 0);
  return {
    files: count(/(\d+) files? changed/),
    insertions: count(/(\d+) insertions?\(\+\)/),
    deletions: count(/(\d+) deletions?\(-\)/),
  };
}
