import { simpleGit } from 'simple-git';
import { explain } from './explain.ts';
import { sealedEnv } from './git.ts';

export interface DiffStat {
  files: number;
  insertions: number;
  deletions: number;
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** How much differs between two commits of a bare git directory that no agent can write; `base` null is the empty tree. */
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
    const commits = ['--end-of-options', base ?? EMPTY_TREE, sha, '--'];
    const { changed, insertions, deletions } = await git.diffSummary(['--no-ext-diff', '--no-textconv', ...commits]);
    return { files: changed, insertions, deletions };
  } catch (error) {
    signal?.throwIfAborted();
    throw explain('compare the commits', (error as Error).message);
  }
}
