import { open } from 'node:fs/promises';
import { Failure } from '../contract/failures.ts';
import { run } from './run.ts';

// flock(2) belongs to the open file that this process and its children share, so the shell may take it for us and leave.
const TAKE = `if command -v flock >/dev/null; then exec flock -x 4; fi
exec perl -e 'use Fcntl ":flock"; open(my $lock, ">>&=", 4) or die; flock($lock, LOCK_EX) or die'`;

/**
 * Does `work` while holding the exclusive lock of the file `path`, against other processes too. The kernel gives the lock
 * back when this process and the git processes that got `fd` are gone, so a dead holder costs nobody a timeout. Waits as
 * long as the holder lives; an abort of `signal` ends the waiting.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (fd: number) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'a', 0o600);
  try {
    const taken = await run({
      file: '/bin/sh',
      args: ['-c', TAKE],
      env: { PATH: process.env.PATH ?? '' },
      signal,
      lock: file.fd,
    });
    if (taken.code !== 0)
      throw new Failure(
        'internal',
        `The lock ${path} cannot be taken: ${taken.stderr.trim() || 'install flock or perl'}.`,
      );
    return await work(file.fd);
  } finally {
    await file.close();
  }
}
