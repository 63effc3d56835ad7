import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Most bytes of a repository's CLAUDE.md that the agent is given. */
const MAX_BYTES = 64 * 1024;

/**
 * The repository's CLAUDE.md as plain text, for the system prompt: the CLI itself must not load it, since with it come
 * the repository's hooks and servers. Undefined where there is none, or where it is a link to somewhere else.
 */
export async function readInstructions(worktree: string): Promise<string | undefined> {
  const file = await open(
    join(worktree, 'CLAUDE.md'),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead).trim();
    return text === '' ? undefined : `The repository's own instructions (CLAUDE.md):\n\n${text}`;
  } finally {
    await file.close();
  }
}
