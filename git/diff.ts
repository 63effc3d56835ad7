import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { simpleGit } from 'simple-git';
import { MAX_DIFF_BYTES } from '../contract/shared/artifacts.ts';
import type { DiffStat } from '../contract/workflow/job-progress.ts';
import { explain } from './git-errors.ts';
import { sealedEnv } from './git.ts';
import { EMPTY_TREE } from './initial-commit.ts';
import { formatOf } from './remote-head.ts';
import { run } from '../processes/run-program.ts';

/**
 * How much differs between two commits of a bare git directory that no agent can write; `base` null is the empty tree.
 * simple-git parses the statistics. Other local reads are one line of output each and go through `git`, which also
 * passes on a held lock and ends with this process; simple-git does neither.
 */
export async function diffStat(dir: string, base: string | null, sha: string, signal?: AbortSignal): Promise<DiffStat> {
  signal?.throwIfAborted();
  const env = sealedEnv();
  const git = simpleGit({
    baseDir: dir,
    allowEnvironment: Object.keys(env),
    // They are refused as they could come from a stranger; here they are what seals git off.
    unsafe: { allowUnsafeConfigPaths: true, allowUnsafeAskPass: true, allowUnsafeSshCommand: true },
    ...(signal && { abort: signal }),
  }).env(env);
  try {
    const commits = ['--end-of-options', base ?? EMPTY_TREE[formatOf(sha)], sha, '--'];
    const { changed, insertions, deletions } = await git.diffSummary(['--no-ext-diff', '--no-textconv', ...commits]);
    return { files: changed, insertions, deletions };
  } catch (error) {
    signal?.throwIfAborted();
    throw explain('compare the commits', (error as Error).message);
  }
}

const WRITE_MS = 60_000;

// `head` ends git when it has enough. A reader never sees half a file.
const WRITE = `umask 077
git --git-dir "$1" diff --no-color --no-ext-diff --no-textconv --end-of-options "$2" "$3" -- | head -c "$4" >"$5.part" && mv "$5.part" "$5"`;

/**
 * Writes the text of that difference to `file`, at most one byte more than MAX_DIFF_BYTES, by which it is known as cut.
 * Never throws: the delivery does not need the file.
 */
export async function writeDiff(
  dir: string,
  { base, sha }: { base: string | null; sha: string },
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['-c', WRITE, 'diff', dir, base ?? EMPTY_TREE[formatOf(sha)], sha, String(MAX_DIFF_BYTES + 1), file];
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    .then(() => run({ file: '/bin/sh', args, env: sealedEnv(), signal, timeoutMs: WRITE_MS }))
    .catch(() => undefined);
}
