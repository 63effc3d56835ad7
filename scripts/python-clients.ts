import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/index.ts';
import { withLock } from '../processes/file-lock.ts';

const REQUIREMENTS = join(packageRoot, 'tests', 'clients', 'requirements.txt');

/** Where the Python clients are that tests use: another place for other versions of them. */
function folderIn(cacheDir: string): string {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return join(cacheDir, 'agenticore', `python-clients-${hash}`);
}

const pythonIn = (folder: string): string => join(folder, 'bin', 'python');

/** The Python that has the clients; undefined where they are not installed. */
export function pythonWithClients(cacheDir: string): string | undefined {
  const python = pythonIn(folderIn(cacheDir));
  return existsSync(python) ? python : undefined;
}

/** Installs the clients, once for all who want them at the same time; says so where it cannot. */
export async function installPythonClients(cacheDir: string): Promise<void> {
  if (pythonWithClients(cacheDir) !== undefined) return;
  const folder = folderIn(cacheDir);
  await withLock(`${folder}.lock`, async () => {
    if (pythonWithClients(cacheDir) !== undefined) return;
    console.error('Installing the Python clients of the tests ...');
    if (await fill(`${folder}.draft`)) renameSync(`${folder}.draft`, folder);
    else console.error('Their tests are skipped. They need Python 3.10 or newer with its venv, and its package index.');
  });
}

/** Makes a virtual environment with the clients; returns whether it could. */
async function fill(folder: string): Promise<boolean> {
  rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
  const isMade = await runs('python3', '-m', 'venv', folder);
  return isMade && runs(pythonIn(folder), ...pip, '--no-deps', '--requirement', REQUIREMENTS);
}

/** Whether the program is there and ends well. */
async function runs(program: string, ...args: string[]): Promise<boolean> {
  try {
    const [code] = (await once(spawn(program, args, { stdio: ['ignore', 2, 2] }), 'exit')) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}
