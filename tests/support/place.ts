import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../config/index.ts';
import { ownPorts } from './own-ports.ts';
import { killProcessesOf, processesOf } from './strays.ts';

/** A place for one product: its data, its repositories, its environment. Everything of it is removed at the end. */
export interface Place {
  dir: string;
  env: Record<string, string>;
}

/** Makes an empty place under the temporary directory. `env` adds to, or replaces, what every place has. */
export async function createPlace(env: Record<string, string> = {}): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-test-'));
  await mkdir(join(dir, 'data'), { mode: 0o700 });
  await ownPorts(join(dir, 'data'));
  return { dir, env: { ...environment(dir), ...env } };
}

function environment(dir: string): Record<string, string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  return {
    PATH: `${join(packageRoot, 'node_modules', '.bin')}:${PATH}`,
    HOME,
    ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
    AGENTICORE_DATA_DIR: join(dir, 'data'),
    AGENTICORE_REPOS_ROOT: join(dir, 'repos'),
    AGENTICORE_PORT: '0',
    AGENTICORE_ALLOW_LOCAL_REPOS: 'true',
    AGENTICORE_LOG_LEVEL: 'warn',
  };
}

/** Ends whatever still runs in the place, such as the engine that a killed product leaves, and removes the place. */
export async function removePlace({ dir }: Place): Promise<void> {
  for (let looks = 0; looks < 100 && processesOf(dir).length > 0; looks++) {
    killProcessesOf(dir);
    await sleep(100);
  }
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
