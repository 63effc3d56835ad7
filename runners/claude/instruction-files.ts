import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../processes/path-exists.ts';
import { isInside } from '../read-inside.ts';

/** Most folders of a repository in which instructions are looked for. */
const MAX_FOLDERS = 10_000;

/** Folders that hold other people's files. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

interface InstructionFiles {
  /** Absolute paths in the order in which Claude Code reads them: those of outer folders first. */
  paths: string[];
  /** The repository has more folders than were looked into. */
  isCut: boolean;
}

/** Where the worktree with the real path `root` has instructions: in its root and in its folders. */
export async function findInstructionFiles(root: string): Promise<InstructionFiles> {
  const paths: string[] = [];
  let level = [root];
  let looked = 0;
  while (level.length > 0 && looked < MAX_FOLDERS) {
    const folders = level.slice(0, MAX_FOLDERS - looked);
    looked += folders.length;
    const found = await Promise.all(folders.map((folder) => lookInto(root, folder)));
    paths.push(...found.flatMap((each) => each.paths));
    level = [...level.slice(folders.length), ...found.flatMap((each) => each.folders)];
  }
  return { paths, isCut: level.length > 0 };
}

async function lookInto(root: string, folder: string): Promise<{ paths: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const names = new Set(entries.map(({ name }) => name));
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.name !== '.claude' && !SKIPPED.has(entry.name))
    .map(({ name }) => join(folder, name))
    .sort();
  const claude = join(folder, '.claude');
  const own = names.has('CLAUDE.md') ? [join(folder, 'CLAUDE.md')] : [];
  const second = names.has('.claude') && (await exists(join(claude, 'CLAUDE.md'))) ? [join(claude, 'CLAUDE.md')] : [];
  const others = own.length + second.length === 0 && names.has('AGENTS.md') ? [join(folder, 'AGENTS.md')] : [];
  const rules = names.has('.claude') ? await rulesIn(root, join(claude, 'rules')) : [];
  const local = names.has('CLAUDE.local.md') ? [join(folder, 'CLAUDE.local.md')] : [];
  return { paths: [...own, ...second, ...others, ...rules, ...local], folders };
}

/** Links to folders are followed inside of the worktree, each once on its way; one that leads out is named itself. */
async function rulesIn(root: string, folder: string, seen: readonly string[] = []): Promise<string[]> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined || seen.includes(real)) return [];
  if (!isInside(root, real)) return [folder];
  const names = (await readdir(real).catch((): string[] => [])).sort();
  const found = await Promise.all(
    names.map(async (name): Promise<string[]> => {
      const path = join(folder, name);
      const below = await rulesIn(root, path, [...seen, real]);
      return below.length === 0 && name.endsWith('.md') ? [path] : below;
    }),
  );
  return found.flat();
}
