import { copyFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { exists } from '../processes/path-exists.ts';
import { explainRan, tryGit, type GitOptions } from './git.ts';
import { layOutRepository } from './lay-out.ts';
import { shallowIn } from './mirror-store.ts';
import { formatOf } from './remote-head.ts';
import { REMOTE_TIMEOUT_MS } from './remotes.ts';
import { confinedUploadPack } from './upload-pack.ts';

/** Where the commits of a checkout are kept for delivery: no agent can write there. It goes with the checkout. */
export const deliveryRepository = (checkout: string): string => `${checkout}.deliver`;

/** Whether a name in the folder of the worktrees is that of such a place. */
export const isDelivery = (name: string): boolean => name.endsWith('.deliver');

interface Taking {
  checkout: string;
  mirrorDir: string;
  sha: string;
  /** What the remote has. */
  base: Base;
  /** Git directory that has the commit at one of its refs; an agent may have written it. */
  source: string;
  /** Whether bubblewrap may be used to read it. */
  bubblewrap: boolean;
}

/**
 * Brings a commit into the delivery repository, checking every object. False where the source does not have it whole
 * and sound; fails `disk_full`, or `internal` where it took too long.
 */
export async function takeOver(work: Taking, signal: AbortSignal | undefined): Promise<boolean> {
  const mirror = await realpath(work.mirrorDir);
  const source = await realpath(work.source);
  const dir = await openRepository(work, mirror);
  const reader = work.bubblewrap ? [`--upload-pack=${confinedUploadPack(source, mirror)}`] : [];
  const options: GitOptions = {
    action: "take over the agent's commits",
    signal,
    timeoutMs: REMOTE_TIMEOUT_MS,
    remote: { url: source, protocol: 'file', trusted: true },
    config: ['fetch.fsckObjects=true'],
  };
  const flags = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet', ...reader];
  const refspec = `+${work.sha}:refs/heads/work`;
  const fetch = ['--git-dir', dir, 'fetch', ...flags, '--end-of-options', source, refspec];
  let ran = await tryGit(fetch, options);
  if (ran.code !== 0 && /gitmodules/i.test(ran.stderr)) {
    const more = await knownModules(work.base, { dir, mirror }, signal);
    ran = await tryGit(fetch, { ...options, config: [...(options.config ?? []), ...more] });
  }
  // What git leaves out for it, it leaves out with exit code 0.
  if (ran.code === 0 && !ran.stderr.includes('shallow roots')) return true;
  const failure = explainRan(ran, options);
  if (ran.timedOut) throw new Failure('internal', failure.message);
  if (failure.type === 'disk_full') throw failure;
  return false;
}

/** Settings by which a check takes the .gitmodules that the remote has, however bad it is. */
async function knownModules(
  { sha }: Base,
  { dir, mirror }: { dir: string; mirror: string },
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const look = ['rev-parse', '--verify', '--quiet', `${String(sha)}:.gitmodules`];
  const { stdout } = await tryGit(['--git-dir', mirror, ...look], { action: 'read the mirror', signal });
  const list = join(dir, 'known-modules');
  await writeFile(list, stdout);
  return [`fetch.fsck.skipList=${list}`];
}

async function openRepository({ checkout, sha }: Taking, mirror: string): Promise<string> {
  const dir = deliveryRepository(checkout);
  await layOutRepository(dir, { format: formatOf(sha), borrows: join(mirror, 'objects') });
  // What the mirror lacks of the history is no loss; what the agent's repository lacks besides would be.
  if (await exists(shallowIn(mirror))) await copyFile(shallowIn(mirror), shallowIn(dir));
  return dir;
}
