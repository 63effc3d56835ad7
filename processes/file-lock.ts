import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure } from '../contract/shared/failures.ts';
import { run, type Ran } from './run-program.ts';

// flock(2) belongs to the open file that this process and its children share, so the shell may take it for us and
// leave.
const TAKE = `if command -v flock >/dev/null; then exec flock -x 4; fi
exec perl -e 'use Fcntl ":flock"; open(my $lock, ">>&=", 4) or die; flock($lock, LOCK_EX) or die'`;

/** Exit code 1 says that somebody else has it. */
const TRY = `if command -v flock >/dev/null; then exec flock -x -n 4; fi
exec perl -e 'use Fcntl ":flock"; open(my $lock, ">>&=", 4) or die; exit(flock($lock, LOCK_EX | LOCK_NB) ? 0 : 1)'`;

/**
 * Does `work` while holding the exclusive lock of the file `path`, against other processes too. The kernel gives the
 * lock back when this process and the git processes that got `fd` are gone, so a dead holder costs nobody a timeout.
 * Waits as long as the holder lives; an abort of `signal` ends the waiting.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (fd: number) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'a', 0o600);
  try {
    const taken = await ask(TAKE, file.fd, signal);
    if (taken.code !== 0) throw cannotTake(path, taken);
    return await work(file.fd);
  } finally {
    await file.close();
  }
}

/** The same lock for as long as the caller likes, or undefined when somebody else holds it. To be released once. */
export async function tryLock(path: string, signal?: AbortSignal): Promise<{ release: () => void } | undefined> {
  const fd = openSync(path, 'a', 0o600);
  const release = (): void => closeSync(fd);
  try {
    const taken = await ask(TRY, fd, signal);
    if (taken.code === 0) return { release };
    if (taken.code !== 1) throw cannotTake(path, taken);
  } catch (error) {
    release();
    throw error;
  }
  release();
  return undefined;
}

const ask = (script: string, lock: number, signal: AbortSignal | undefined): Promise<Ran> =>
  run({ file: '/bin/sh', args: ['-c', script], env: { PATH: process.env.PATH ?? '' }, signal, lock });

const cannotTake = (path: string, { stderr }: Ran): Failure =>
  new Failure('internal', `The lock ${path} cannot be taken: ${stderr.trim() || 'install flock or perl'}.`);
