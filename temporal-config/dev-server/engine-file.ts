import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../config/replace-file.ts';

const Identity = z.object({ pid: z.number().int(), started: z.string() });

/**
 * The embedded engine, as `engine.json` in a data directory describes it. It stays when the engine stops, so that the
 * next one gets the same ports.
 */
const EngineFile = z.object({
  /** The running server; null once it was stopped. */
  engine: Identity.nullable(),
  /** Who stops it, and starts it again when it dies. */
  owner: Identity.nullable(),
  port: z.number().int(),
  ui_port: z.number().int(),
});
export type EngineFile = z.infer<typeof EngineFile>;

/** Host that the embedded engine and its Web UI listen on. */
export const ENGINE_HOST = '127.0.0.1';

/** `engine.json` of a data directory; undefined when there is none that can be read. */
export function readEngineFile(dataDir: string): EngineFile | undefined {
  try {
    return EngineFile.parse(JSON.parse(readFileSync(engineFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces `engine.json` in one step. */
export function writeEngineFile(dataDir: string, content: EngineFile): void {
  replaceFile(engineFile(dataDir), `${JSON.stringify(content, null, 2)}\n`);
}

const engineFile = (dataDir: string): string => join(dataDir, 'engine.json');
