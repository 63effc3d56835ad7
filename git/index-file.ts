import { open, readFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';

/** What an index tells of what its repository keeps outside of itself. */
export interface IndexFacts {
  /** Whether attributes put files into Git LFS. */
  lfs: boolean;
  /** Paths of submodules with their commits. */
  links: Map<string, string>;
}

/** Whether the repository keeps nothing outside of itself. */
export const isWhole = ({ lfs, links }: IndexFacts): boolean => !lfs && links.size === 0;

/** An attributes file that is longer is not read (bytes). */
const MAX_ATTRIBUTES = 1024 * 1024;

const ATTRIBUTES = '.gitattributes';
const GITLINK = 0o160000;
const EXTENDED = 0x4000;

/**
 * Reads an index and the attributes files of its checkout at `root`, without a process: most repositories have nothing
 * of the kind, and should not pay for those that do. Undefined where the index is of another kind than git writes by
 * default, so that nothing can be told. Whoever wrote it, nothing is followed out of it.
 */
export async function readIndexFacts(
  file: string,
  root: string,
  format: 'sha1' | 'sha256',
): Promise<IndexFacts | undefined> {
  const index = await readFile(file).catch(() => undefined);
  if (index === undefined) return undefined;
  const links = new Map<string, string>();
  const attributes: string[] = [];
  const isRead = walk(index, format === 'sha1' ? 20 : 32, (name, mode, oid) => {
    if (mode === GITLINK) links.set(name(), oid());
    else attributes.push(name());
  });
  if (!isRead) return undefined;
  return { lfs: await anyUsesLfs(attributes.map((name) => join(root, name))), links };
}

type Visit = (name: () => string, mode: number, oid: () => string) => void;

/** Visits gitlinks and attributes files. False where the index is not read to its end. */
function walk(index: Buffer, hashBytes: number, visit: Visit): boolean {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC' || ![2, 3].includes(index.readUInt32BE(4)))
    return false;
  let at = 12;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const flags = at + 40 + hashBytes;
    if (flags + 4 > index.length) return false;
    const from = flags + ((index.readUInt16BE(flags) & EXTENDED) === 0 ? 2 : 4);
    const to = index.indexOf(0, from);
    if (to < 0) return false;
    const mode = index.readUInt32BE(at + 24);
    const entry = at;
    if (mode === GITLINK || isAttributes(index, from, to))
      visit(
        () => index.toString('utf8', from, to),
        mode,
        () => index.toString('hex', entry + 40, flags),
      );
    at += (to - at + 8) & ~7;
  }
  // The extension of an index that has its entries in another file.
  return index.toString('latin1', at, at + 4) !== 'link';
}

function isAttributes(index: Buffer, from: number, to: number): boolean {
  const begin = to - ATTRIBUTES.length;
  // Most names are told apart by their last letter.
  if (index[to - 1] !== 0x73 || begin < from || (begin > from && index[begin - 1] !== 0x2f)) return false;
  return index.toString('latin1', begin, to) === ATTRIBUTES;
}

async function anyUsesLfs(files: readonly string[]): Promise<boolean> {
  for (const file of files) if (/\bfilter=lfs\b/.test(await textOf(file))) return true;
  return false;
}

/** What begins a plain file; nothing where it is none. */
async function textOf(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return '';
  try {
    if (!(await file.stat()).isFile()) return '';
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_ATTRIBUTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
