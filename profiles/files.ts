import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { describeProblem, type FileProblem } from './profile.ts';

/** Relative paths of the files below `folder`, parted by slashes; none where it does not exist. */
export async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const stats = await lstat(folder).catch(() => null);
  if (stats === null) return [];
  if (!stats.isDirectory()) throw refused(folder);
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesBelow(join(folder, entry.name), `${path}/`)));
    else files.push(path);
  }
  return files;
}

/** Content of a regular file; a link or anything special throws `invalid_profile`, what is absent its own error. */
export async function readRegular(path: string): Promise<{ bytes: Buffer; executable: boolean }> {
  const stats = await lstat(path);
  if (!stats.isFile()) throw refused(path);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return { bytes: await file.readFile(), executable: (stats.mode & 0o100) !== 0 };
  } finally {
    await file.close();
  }
}

const refused = (path: string): Failure =>
  invalidFile(path, null, 'must be a regular file or folder: replace the link or special file by its content');

/** The `invalid_profile` of a file that belongs to a profile. */
export class InvalidFile extends Failure {
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super('invalid_profile', `${describeProblem(problem)}.`);
    this.problem = problem;
  }
}

export const invalidFile = (file: string, line: number | null, message: string): InvalidFile =>
  new InvalidFile({ file, line, field: '', message });
