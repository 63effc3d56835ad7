import { readFile, writeFile } from 'node:fs/promises';
import type { AgentName } from '../contract/shared/agents.ts';
import type { Person } from '../contract/workflow/commit-terms.ts';
import type { PartModes } from '../contract/shared/checkout-parts.ts';
import type { Invocation } from '../runners/agent.ts';

/**
 * A resolved profile as setUpAgent leaves it for runAgent: a profile that changes meanwhile changes no running
 * job.
 */
export interface StoredProfile extends PartModes {
  agent: AgentName;
  /** Of the agent package that it was made of. */
  package_version?: string;
  invocation: Invocation;
  sandbox: 'auto' | 'required' | 'off';
  /** Seconds; null where the profile does not say. */
  stall_timeout_s: number | null;
  /** Further variables of the worker that the agent gets. */
  env: string[];
  /** Template that follows the task. */
  append_prompt: string | null;
  /** In whose name the agent commits; the worker's own when absent. */
  author?: Person;
}

export const storeProfile = (path: string, profile: StoredProfile): Promise<void> =>
  writeFile(path, JSON.stringify(profile));

export const readStoredProfile = async (path: string): Promise<StoredProfile> =>
  JSON.parse(await readFile(path, 'utf8')) as StoredProfile;
