import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentProfile, Invocation } from './agent.ts';
import type { Agents } from './agents.ts';
import type { WithSections } from './sections.ts';
import { filesBelow } from './profile-files.ts';

/** What an agent gets from a profile's files. */
interface TriedProfile {
  /** Relative paths in the agent's configuration directory, sorted. */
  paths: string[];
  /** Refers to the files in the directory `configDir`, which is gone. */
  invocation: Invocation;
  configDir: string;
}

/** Materializes `profile` as for a job, in a directory that is removed again. Throws like Agent.materialize. */
export async function tryProfile(agents: Agents, profile: AgentProfile & WithSections): Promise<TriedProfile> {
  const configDir = await mkdtemp(join(tmpdir(), 'agenticore-profile-'));
  try {
    const invocation = await agents[profile.agent].materialize(profile, configDir, {});
    return { paths: (await filesBelow(configDir)).sort(), invocation, configDir };
  } finally {
    await rm(configDir, { recursive: true, force: true });
  }
}
