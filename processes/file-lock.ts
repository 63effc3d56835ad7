import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { run, type Ran } from './run-program.ts';

// flock(2) belongs to the open file, which this process shares with its children: a shell may take the lock for us and
// exit. $1 is -n to give up at once (exit code 1: somebody else holds it), $2 the pid of the holder. A full disk costs
// only the pid.
const TAKE = `if command -v flock >/dev/null; then flock -x $1 4
else perl -e 'use Fcntl ":flock"; open(my $lock, ">>&=", 4) or die;
exit(flock($lock, LOCK_EX | (@ARGV && $ARGV[0] eq "-n" ? LOCK_NB : 0)) ? 0 : 1)' -- $1
fi || exit $?
echo "$2" >&4 || :`;

interface LockOptions {
  /** Its abort ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Gets, once, the pid of another process that holds the lock. */
  onWait?: ((pid: number) => void) | undefined;
}

/**
 * Runs `work` while holding the exclusive lock of the file `path`, against other processes and against other calls of
 * this one. The kernel releases the lock when this process and the programs that got `fd` have ended, so a killed
 * holder costs nobody a timeout. Waits as long as the holder lives.
 */
export async function withLock<T>(
  path: string,
  work: (fd: number) => Promise<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    await enter(path, file.fd, { signal, onWait });
    return await work(file.fd).finally(() => forgetHolder(file.fd));
  } finally {
    await file.close();
  }
}

/** The same lock without a time limit; undefined while somebody else holds it. Call `release` once. */
export async function tryLock(path: string, signal?: AbortSignal): Promise<{ release: () => void } | undefined> {
  const fd = openSync(path, 'a', 0o600);
  try {
    if (await take(path, fd, { atOnce: true, signal })) {
      const release = (): void => {
        forgetHolder(fd);
        closeSync(fd);
      };
      return { release };
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

async function enter(path: string, fd: number, { signal, onWait }: LockOptions): Promise<void> {
  if (onWait !== undefined) {
    if (await take(path, fd, { atOnce: true, signal })) return;
    const holder = await holderOf(path);
    if (holder !== undefined && holder !== process.pid) onWait(holder);
  }
  await take(path, fd, { atOnce: false, signal });
}

interface TakeOptions {
  atOnce: boolean;
  signal: AbortSignal | undefined;
}

/** Takes the lock of the open file. False where somebody else holds it and `atOnce` forbids to wait. */
async function take(path: string, lock: number, { atOnce, signal }: TakeOptions): Promise<boolean> {
  const args = [atOnce ? '-n' : '', String(process.pid)];
  const ran = await run({ file: { script: TAKE }, args, env: { PATH: process.env.PATH ?? '' }, signal, lock });
  if (ran.code === 0) return true;
  if (atOnce && ran.code === 1) return false;
  throw cannotTake(path, ran);
}

/** Who holds the lock: the last line of the file. Holders that were killed left theirs before it. */
async function holderOf(path: string): Promise<number | undefined> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return Number(lines.at(-1)) || undefined;
}

function forgetHolder(fd: number): void {
  try {
    ftruncateSync(fd);
  } catch {
    // The pid is only information.
  }
}

const cannotTake = (path: string, { stderr }: Ran): Failure =>
  new Failure('internal', `Cannot lock ${path}: ${stderr.trim() || 'install flock or perl'}.`);
