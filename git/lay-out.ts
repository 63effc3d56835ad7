import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FORMATS = {
  sha1: '[core]\n\trepositoryformatversion = 0\n\tbare = true\n',
  sha256: '[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n',
};

interface Layout {
  format: keyof typeof FORMATS;
  /** Folder of the objects of another repository, which this one reads. */
  borrows: string;
  /** More of its configuration. */
  config?: string;
}

/** Makes a bare git directory of our own, as `git init` does without templates; its HEAD is the branch `work`. */
export async function layOutRepository(dir: string, { format, borrows, config = '' }: Layout): Promise<void> {
  for (const folder of ['refs/heads', 'objects/info', 'info']) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, 'objects', 'info', 'alternates'), `${borrows}\n`);
  await writeFile(join(dir, 'config'), FORMATS[format] + config);
  await writeFile(join(dir, 'HEAD'), 'ref: refs/heads/work\n');
}
