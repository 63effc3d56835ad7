import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { run } from '../processes/run-program.ts';

/**
 * Whether git may read a repository on this disk that belongs to another user: only where the operator's own git
 * configuration has it as `safe.directory`, since its files could lead git to what only the worker may read.
 */
export async function isTrusted(repo: RepoUrl): Promise<boolean> {
  if (repo.protocol !== 'file' || (await isOwn(repo.url))) return false;
  const { PATH = '', HOME = homedir() } = process.env;
  const args = ['config', '--global', '--get-all', 'safe.directory'];
  const { stdout } = await run({ file: 'git', args, env: { PATH, HOME }, timeoutMs: 5_000 });
  // An empty value forgets those before it.
  const lines = stdout.split('\n').slice(0, -1);
  const listed = lines.slice(lines.lastIndexOf('') + 1).map((line) => line.replace(/\/+$/, '') || '/');
  return listed.some(
    (each) => each === '*' || each === repo.url || (each.endsWith('/*') && repo.url.startsWith(each.slice(0, -1))),
  );
}

async function isOwn(path: string): Promise<boolean> {
  const owners = await Promise.all([path, join(path, '.git')].map((each) => stat(each).catch(() => undefined)));
  return owners.every((found) => found === undefined || found.uid === process.getuid?.());
}
