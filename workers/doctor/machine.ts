import { access, constants, statfs } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Config } from '../../config.ts';
import { detectSandbox } from '../../processes/sandbox.ts';
import type { ResolvedProfile } from '../../profiles/profile.ts';
import { fail, ok, warn, type Check } from './check.ts';

const GIB = 1024 ** 3;

/** With less room than this a job is likely to fail, and with less than that a few of them (bytes). */
const TOO_LITTLE = GIB;
const LITTLE = 10 * GIB;

/** Whether bubblewrap works, for the profiles that there are. */
export async function checkSandbox(profiles: readonly ResolvedProfile[]): Promise<Check> {
  if (await detectSandbox()) return ok('sandbox', 'bubblewrap works');
  const installed = await Promise.any(
    (process.env.PATH ?? '').split(delimiter).map((folder) => access(join(folder, 'bwrap'), constants.X_OK)),
  ).then(
    () => true,
    () => false,
  );
  const message = installed ? 'bubblewrap may not make namespaces here.' : 'bubblewrap is not installed.';
  const remedy = installed
    ? 'Allow unprivileged user namespaces (on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: its seccomp profile).'
    : 'Install bubblewrap.';
  const required = profiles.filter(({ sandbox }) => sandbox === 'required').map(({ name }) => name);
  return required.length > 0
    ? fail('sandbox', `${message} These profiles require it: ${required.join(', ')}.`, remedy)
    : warn('sandbox', `${message} Agents run with all your rights.`, remedy);
}

/** Whether there is room, and the right to write, where agenticore keeps its files. */
export function checkDisks(config: Config): Promise<Check>[] {
  return [
    checkDisk('data directory', config.dataDir, 'AGENTICORE_DATA_DIR'),
    checkDisk('worktrees', config.worktreeRoot, 'AGENTICORE_WORKTREE_ROOT'),
    checkDisk('repositories', config.reposRoot, 'AGENTICORE_REPOS_ROOT'),
  ];
}

async function checkDisk(name: string, path: string, variable: string): Promise<Check> {
  const elsewhere = `set ${variable} to another directory.`;
  const there = await nearest(path);
  try {
    await access(there, constants.W_OK | constants.X_OK);
  } catch {
    return fail(name, `${there} cannot be written to.`, `Correct its permissions, or ${elsewhere}`);
  }
  const { bavail, bsize } = await statfs(there);
  const room = bavail * bsize;
  const said = `${path} has ${(room / GIB).toFixed(1)} GiB of room`;
  if (room < TOO_LITTLE) return fail(name, `${said}.`, `Free some, or ${elsewhere}`);
  return room < LITTLE ? warn(name, `${said}.`, `Free some, or ${elsewhere}`) : ok(name, said);
}

/** The directory itself or, where it is still to be made, the one that it will be made in. */
async function nearest(path: string): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearest(dirname(path));
}
