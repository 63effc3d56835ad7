import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Replaces `file` in one step: a reader sees the old content or the new. Only this user may read it. */
export function replaceFile(file: string, content: string): void {
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
