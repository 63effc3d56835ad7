import { readFile, writeFile } from 'node:fs/promises';

/** A resolved profile as materializeProfile leaves it for runAgent: a profile that changes meanwhile changes no running job. */
export interface StoredProfile {
  /** Flags for the CLI. */
  args: string[];
  sandbox: 'auto' | 'required' | 'off';
  /** Further variables of the worker that the agent gets. */
  env: string[];
  /** Template that follows the task. */
  append_prompt: string | null;
  /** Text for the system prompt. */
  append_system_prompt: string | null;
  /** Further directories that the agent may read. */
  readable: string[];
}

export const storeProfile = (path: string, profile: StoredProfile): Promise<void> =>
  writeFile(path, JSON.stringify(profile));

export const readStoredProfile = async (path: string): Promise<StoredProfile> =>
  JSON.parse(await readFile(path, 'utf8')) as StoredProfile;
