import { realpath } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Instructions } from '../agent.ts';
import { importsIn } from './imports.ts';
import { findInstructionFiles } from './instruction-files.ts';
import { isInside, readInside } from '../read-inside.ts';

/** Most bytes of one file that the agent is given, and of all of them. */
const MAX_BYTES = 64 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024;

/** How deep a file that is imported may import others. */
const MAX_DEPTH = 5;

/** Most files that a warning names. */
const MAX_NAMED = 10;

/**
 * The repository's instructions as plain text, for the system prompt: the CLI itself must not load them, since with
 * them come the repository's hooks and servers. CLAUDE.md and .claude/CLAUDE.md (AGENTS.md where there is neither), the
 * rules in .claude/rules and CLAUDE.local.md of every folder, each followed by what it imports. Nothing outside of the
 * worktree is read. What is left out is named in the warnings.
 */
export async function readInstructions(worktree: string): Promise<Instructions> {
  const root = await realpath(worktree);
  const collection = new Collection(root);
  const { paths, isCut } = await findInstructionFiles(root);
  for (const path of paths) await collection.add(path);
  return collection.instructions(isCut);
}

class Collection {
  readonly #root: string;
  readonly #seen = new Set<string>();
  readonly #parts: string[] = [];
  /** Names of what is left out, with the reason. */
  readonly #leftOut: string[] = [];
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Adds the file, unless it is there, and then what it imports. */
  async add(path: string, depth = 0): Promise<void> {
    const name = relative(this.#root, path);
    const file = await readInside(this.#root, path, MAX_BYTES);
    // Most words with an @ are no imports.
    if (file === 'absent') return;
    if (file === 'outside') return this.#leaveOut(name, 'it is outside of the repository');
    if (file === 'no_text') return depth > 0 ? undefined : this.#leaveOut(name, 'it is not a text file');
    if (this.#seen.has(file.real)) return;
    if (depth > MAX_DEPTH) return this.#leaveOut(name, `more than ${MAX_DEPTH} imports lead to it`);
    const bytes = Buffer.byteLength(file.text);
    if (this.#bytes + bytes > MAX_TOTAL_BYTES)
      return this.#leaveOut(name, `all instructions together are more than ${MAX_TOTAL_BYTES / 1024} KiB`);
    this.#seen.add(file.real);
    this.#bytes += bytes;
    if (file.isCut) this.#leaveOut(name, `only its first ${MAX_BYTES / 1024} KiB are used`);
    if (file.text !== '') this.#parts.push(`The repository's own instructions (${name}):\n\n${file.text}`);
    for (const imported of importsIn(file.text)) await this.#import(path, imported, depth + 1);
  }

  instructions(isCut: boolean): Instructions {
    const named = this.#leftOut.slice(0, MAX_NAMED).join('; ');
    const more = this.#leftOut.length > MAX_NAMED ? `; and ${this.#leftOut.length - MAX_NAMED} more` : '';
    return {
      text: this.#parts.length === 0 ? undefined : this.#parts.join('\n\n'),
      warnings: [
        ...(named === '' ? [] : [`The agent did not get all instructions of the repository: ${named}${more}.`]),
        ...(isCut ? ['The repository has too many folders to look for instructions in all of them.'] : []),
      ],
    };
  }

  #leaveOut(name: string, reason: string): void {
    this.#leftOut.push(`${name} (${reason})`);
  }

  async #import(importer: string, imported: string, depth: number): Promise<void> {
    const path = resolve(dirname(importer), imported);
    // A home directory is nobody's who could be meant.
    if (imported.startsWith('~') || !isInside(this.#root, path))
      return this.#leaveOut(`@${imported}`, 'it is outside of the repository');
    await this.add(path, depth);
  }
}
