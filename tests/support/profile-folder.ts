import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary folder for profiles. */
export interface ProfileFolder {
  root: string;
  /** Writes files by relative path. */
  write(files: Record<string, string>): void;
  remove(): void;
}

export function createProfileFolder(): ProfileFolder {
  const root = mkdtempSync(join(tmpdir(), 'profiles-'));
  const write = (files: Record<string, string>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  return { root, write, remove: () => rmSync(root, { recursive: true }) };
}
