import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fromLine, seqOf } from './json-line.ts';
import { linesFrom } from './line-file.ts';
import { SupersededDeltas } from './drop-deltas.ts';

/** Bytes gathered before they are written. */
const CHUNK = 1024 * 1024;

/** Replaces the log at `path`, open as `file`, by one without superseded deltas; readers see the old or the new one. */
export async function compactFile(file: FileHandle, path: string): Promise<void> {
  const superseded = new SupersededDeltas();
  for await (const { bytes } of linesFrom(file, 0)) {
    const logged = fromLine(bytes);
    if (logged) superseded.add(logged.seq, logged.event);
  }
  const drop = new Set(superseded.seqs());
  if (drop.size === 0) return;
  // The dot keeps it apart from every stream.
  const compacted = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    await copyWithout(file, drop, compacted);
    await rename(compacted, path);
  } catch (error) {
    await rm(compacted, { force: true });
    throw error;
  }
}

async function copyWithout(file: FileHandle, drop: ReadonlySet<number>, path: string): Promise<void> {
  const copy = await open(path, 'w', 0o600);
  try {
    let kept: string[] = [];
    let length = 0;
    for await (const { bytes } of linesFrom(file, 0)) {
      const seq = seqOf(bytes);
      if (seq === null || drop.has(seq)) continue;
      kept.push(`${bytes.toString()}\n`);
      length += bytes.length;
      if (length < CHUNK) continue;
      await copy.appendFile(kept.join(''));
      kept = [];
      length = 0;
    }
    await copy.appendFile(kept.join(''));
  } finally {
    await copy.close();
  }
}
