import { tryGit } from './git.ts';

/**
 * Whether `newer`, a commit or ref, is commit `older` or builds on it; false where `dir`, which no agent can write, has
 * not both.
 */
export async function isAncestor(dir: string, older: string, newer: string, signal?: AbortSignal): Promise<boolean> {
  const look = ['merge-base', '--is-ancestor', older, newer];
  return (await tryGit(['--git-dir', dir, ...look], { action: 'compare the commits', signal })).code === 0;
}
