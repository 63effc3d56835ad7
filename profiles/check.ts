import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesBelow, InvalidFile } from './files.ts';
import { loadProfiles } from './load.ts';
import { materialize } from './materialize.ts';
import type { FileProblem, Profiles, ResolvedProfile } from './profile.ts';

/** What an agent gets from a profile's files. */
interface ProfileFiles {
  /** Relative paths in the agent's configuration directory, sorted. */
  paths: string[];
  hasServers: boolean;
}

/** Puts the files of `profile` together as for a job and says what came of it. Throws like materialize. */
export async function tryFiles(profile: ResolvedProfile): Promise<ProfileFiles> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-profile-'));
  try {
    const { mcp_config } = await materialize(profile, dir);
    return { paths: (await filesBelow(dir)).sort(), hasServers: mcp_config !== null };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The profiles in `directories`, as loadProfiles has them, with also what is wrong in their .claude/ and .mcp.json. */
export async function checkProfiles(directories: readonly string[]): Promise<Profiles> {
  const { profiles, problems } = await loadProfiles(directories);
  const usable: ResolvedProfile[] = [];
  for (const profile of profiles) {
    const problem = await tryFiles(profile).then(() => undefined, problemOf);
    if (problem === undefined) usable.push(profile);
    else problems.push({ profile: profile.name, ...problem });
  }
  return { profiles: usable, problems };
}

function problemOf(error: unknown): FileProblem {
  if (error instanceof InvalidFile) return error.problem;
  throw error;
}
