import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Credentials by what they are for, each a text that occurs nowhere else. */
export type Canaries = Readonly<Record<string, string>>;

/**
 * Each of `names` made one that no other run of the tests has: those that run at the same time see each other's
 * processes.
 */
export const freshCanaries = <Name extends string>(names: Record<Name, string>): Record<Name, string> => {
  const run = randomUUID().replaceAll('-', '');
  const fresh = Object.entries<string>(names).map(([name, words]) => [name, `${words}${run}`]);
  return Object.fromEntries(fresh) as Record<Name, string>;
};

/** Names of the canaries that stand in `text`, plainly or as part of what Basic authentication makes of them. */
export function canariesIn(text: Buffer | string, canaries: Canaries): string[] {
  const bytes = Buffer.from(text);
  return Object.entries(canaries)
    .filter(([, secret]) => spellings(secret).some((spelling) => bytes.includes(spelling)))
    .map(([name]) => name);
}

// Base64 of a text depends on where in its group of three bytes it begins; what lies at the borders is left out.
function spellings(secret: string): string[] {
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}${secret}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, encodeURIComponent(secret), ...shifted];
}

/** Every file below `folder`, with the canaries that it holds in its name or content. */
export function canariesInFiles(folder: string, canaries: Canaries): { files: string[]; found: string[] } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name));
  const found = files.flatMap((file) =>
    canariesIn(Buffer.concat([Buffer.from(file), read(file)]), canaries).map((name) => `${name} in ${file}`),
  );
  return { files, found };
}

/** Which processes of this machine hold which canaries: in their arguments, and in their environment. */
export function canariesInProcesses(
  canaries: Canaries,
): Record<'cmdline' | 'environ', { pid: number; name: string }[]> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const where = (file: string): { pid: number; name: string }[] =>
    pids.flatMap((pid) =>
      canariesIn(read(`/proc/${pid}/${file}`), canaries).map((name) => ({ pid: Number(pid), name })),
    );
  return { cmdline: where('cmdline'), environ: where('environ') };
}

/** Nothing, where it has gone meanwhile. */
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
