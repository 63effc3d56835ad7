import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './index.ts';

/**
 * The key of the tokens that agents of sessions get. Hosts and APIs that share no data directory need
 * AGENTICORE_SESSION_TOKEN_KEY; else the first that needs one makes it, in the data directory.
 */
export function sessionKey({ dataDir, sessionTokenKey }: Pick<Config, 'dataDir' | 'sessionTokenKey'>): Buffer {
  if (sessionTokenKey !== undefined) return createHash('sha256').update(sessionTokenKey).digest();
  const path = join(dataDir, 'session-token.key');
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, randomBytes(32), { mode: 0o600 });
    try {
      // Whole, or not at all; of two the first counts.
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  return readFileSync(path);
}
