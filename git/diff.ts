import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { simpleGit } from 'simple-git';
import { MAX_DIFF_BYTES } from '../contract/shared/artifacts.ts';
import type { DiffStat } from '../contract/workflow/job-progress.ts';
import { explain } from './git-errors.ts';
import { sealedEnv } from './git.ts';
import { EMPTY_TREE } from './initial-commit.ts';
import { formatOf } from './remote-head.ts';
import { run } from '../processes/run-program.ts';

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
  const compared = ['--end-of-options', base ?? EMPTY_TREE[formatOf(sha)], sha, '--'];
  const [stat] = await Promise.all([
    diffStat(dir, compared, signal),
    diffFile === undefined ? undefined : writeDiff(dir, compared, diffFile, signal),
  ]);
  return stat;
}

/** Neither converts a file by what a repository says. */
const PLAIN = ['--no-ext-diff', '--no-textconv'];

/**
 * simple-git parses the statistics. Other local reads are one line of output each and go through `git`, which also
 * passes on a held lock and ends with this process; simple-git does neither.
 */
async function diffStat(dir: string, compared: readonly string[], signal?: AbortSignal): Promise<DiffStat> {
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
    const { changed, insertions, deletions } = await git.diffSummary([...PLAIN, ...compared]);
    return { files: changed, insertions, deletions };
  } catch (error) {
    signal?.throwIfAborted();
    throw explain('compare the commits', (error as Error).message);
  }
}

const WRITE_MS = 60_000;

// `head` ends git when it has enough.
const WRITE = `umask 077
draft=$1 most=$2 dir=$3
shift 3
git --git-dir "$dir" diff --no-color "$@" | head -c "$most" >"$draft"`;

/** Never throws: the delivery does not need the file. */
async function writeDiff(dir: string, compared: readonly string[], file: string, signal?: AbortSignal): Promise<void> {
  const draft = `${file}.part`;
  const args = [draft, String(MAX_DIFF_BYTES + 1), dir, ...PLAIN, ...compared];
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const { code } = await run({ file: { script: WRITE }, args, env: sealedEnv(), signal, timeoutMs: WRITE_MS });
    if (code === 0) await rename(draft, file);
  } catch {
    // There is no text of the difference then.
  }
}
