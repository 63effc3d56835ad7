import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { freeBytes } from '../processes/disk-room.ts';
import type { Config } from '../config/index.ts';
import { isOnPath } from '../processes/on-path.ts';
import { detectSandbox } from '../processes/sandbox.ts';
import { findToolchains } from '../processes/toolchains.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { fail, ok, warn, type Check } from './check.ts';

const GIB = 1024 ** 3;

/** With less room than this a few jobs may fill it (bytes). */
const LITTLE = 10 * GIB;

/** Whether bubblewrap works, for the profiles that there are. */
export async function checkSandbox(profiles: readonly ResolvedProfile[]): Promise<Check> {
  if (await detectSandbox()) return ok('sandbox', 'bubblewrap works');
  const installed = await isOnPath('bwrap');
  const message = installed ? 'bubblewrap may not create namespaces on this machine.' : 'bubblewrap is not installed.';
  const remedy = installed
    ? 'Allow unprivileged user namespaces (on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: its seccomp profile).'
    : 'Install bubblewrap.';
  const required = profiles.filter(({ sandbox }) => sandbox === 'required').map(({ name }) => name);
  return required.length > 0
    ? fail('sandbox', `${message} These profiles require it: ${required.join(', ')}.`, remedy)
    : warn('sandbox', `${message} Agents run with all rights of your user.`, remedy);
}

/** What agents find of what is installed in the home directory. */
export async function checkToolchains(): Promise<Check> {
  const { names } = await findToolchains(homedir(), process.env);
  const found = names.length === 0 ? 'none in the home directory' : `agents can use ${names.join(', ')}`;
  return ok('toolchains', found);
}

/** Whether there is room, and the right to write, where agenticore keeps its files. */
export function checkDisks(config: Config): Promise<Check>[] {
  return [
    checkDisk('data directory', config.dataDir, 'AGENTICORE_DATA_DIR', config),
    checkDisk('worktrees', config.worktreeRoot, 'AGENTICORE_WORKTREE_ROOT', config),
    checkDisk('repositories', config.reposRoot, 'AGENTICORE_REPOS_ROOT', config),
  ];
}

async function checkDisk(
  name: string,
  path: string,
  variable: string,
  { minFreeDiskMb }: Pick<Config, 'minFreeDiskMb'>,
): Promise<Check> {
  const elsewhere = `set ${variable} to another directory.`;
  const there = await nearest(path);
  try {
    await access(there, constants.W_OK | constants.X_OK);
  } catch {
    return fail(name, `${there} is not writable.`, `Correct its permissions, or ${elsewhere}`);
  }
  const room = await freeBytes(there);
  const free = `${path} has ${(room / GIB).toFixed(1)} GiB free`;
  if (room < minFreeDiskMb * 1024 ** 2) {
    const because = `less than the ${minFreeDiskMb} MB of AGENTICORE_MIN_FREE_DISK_MB: a worker on this machine takes no jobs`;
    return fail(name, `${free}, ${because}.`, `Free some (agenticore gc), or ${elsewhere}`);
  }
  return room < LITTLE ? warn(name, `${free}.`, `Free some, or ${elsewhere}`) : ok(name, free);
}

/** The directory itself or, where it is still to be made, the one that it will be made in. */
async function nearest(path: string): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearest(dirname(path));
}
