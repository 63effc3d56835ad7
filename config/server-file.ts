import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './replace-file.ts';

/** What `server.json` in a data directory says of the API that works with it. */
const ServerFile = z.object({ url: z.string(), pid: z.number().int() });
type ServerFile = z.infer<typeof ServerFile>;

/** Where the API of a data directory was listening last; undefined when none is known. It may have died since. */
export function readServerFile(dataDir: string): ServerFile | undefined {
  try {
    return ServerFile.parse(JSON.parse(readFileSync(pathOf(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Says that this process listens at `url`; returns how that is taken back. */
export function writeServerFile(dataDir: string, url: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  replaceFile(pathOf(dataDir), `${JSON.stringify({ url, pid: process.pid })}\n`);
  return () => {
    if (readServerFile(dataDir)?.pid === process.pid) rmSync(pathOf(dataDir), { force: true });
  };
}

const pathOf = (dataDir: string): string => join(dataDir, 'server.json');
