import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instructions } from '../agent.ts';
import { readInside } from '../read-inside.ts';

/** Most bytes that the agent is given. */
const MAX_BYTES = 64 * 1024;

/** The first of them counts, as for the CLI. Those of further folders the agent reads itself where it works there. */
const NAMES = ['AGENTS.override.md', 'AGENTS.md'];

/**
 * The repository's AGENTS.md as plain text: the CLI itself loads none, since what it loads of a repository is more than
 * words. Nothing outside of the worktree is read.
 */
export async function readInstructions(worktree: string): Promise<Instructions> {
  const root = await realpath(worktree);
  for (const name of NAMES) {
    const file = await readInside(root, join(root, name), MAX_BYTES);
    if (file === 'absent') continue;
    if (file === 'outside') return without(name, 'it is outside of the repository');
    if (file === 'no_text') return without(name, 'it is not a text file');
    if (file.text === '') continue;
    const text = `The repository's own instructions (${name}):\n\n${file.text}`;
    return { text, warnings: file.isCut ? [warning(name, `only its first ${MAX_BYTES / 1024} KiB are used`)] : [] };
  }
  return { text: undefined, warnings: [] };
}

const warning = (name: string, why: string): string =>
  `The agent did not get all instructions of the repository: ${name} (${why}).`;

const without = (name: string, why: string): Instructions => ({ text: undefined, warnings: [warning(name, why)] });
