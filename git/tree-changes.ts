import { Failure } from '../contract/shared/failures.ts';
import { run } from '../processes/run-program.ts';
import { git, sealedEnv } from './git.ts';

/** What one entry of a tree became; `sha` is null where it is gone. */
export interface ChangedEntry {
  path: string;
  mode: string;
  sha: string | null;
}

/** What is different in `tree`, as files. */
export async function changedEntries(
  dir: string,
  { from, tree }: { from: string; tree: string },
  signal?: AbortSignal,
): Promise<ChangedEntry[]> {
  const options = { action: 'compare the files', signal };
  const flags = ['-r', '-z', '--raw', '--no-renames', '--no-abbrev'];
  const parts = (await git(['--git-dir', dir, 'diff-tree', ...flags, from, tree, '--'], options)).split('\0');
  const changes: ChangedEntry[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [before = '', after = '', , sha = '', status] = (parts[at] ?? '').slice(1).split(' ');
    const gone = status === 'D';
    changes.push({ path: parts[at + 1] ?? '', mode: gone ? before : after, sha: gone ? null : sha });
  }
  return changes;
}

/** The content of a blob. */
export async function readBlob(dir: string, sha: string, signal?: AbortSignal): Promise<Buffer> {
  const text = 'git --git-dir "$0" cat-file blob "$1" | base64';
  const { code, stdout } = await run({ file: '/bin/sh', args: ['-c', text, dir, sha], env: sealedEnv(), signal });
  if (code !== 0) throw new Failure('internal', `The content of ${sha} cannot be read, or is too large.`);
  return Buffer.from(stdout, 'base64');
}
