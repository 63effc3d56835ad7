import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../config/index.ts';
import { startProgress } from './progress.ts';
import { TEMPORAL_VERSION } from './version.ts';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
/** Packages of a build from nothing; tells how far a build is. */
const PACKAGES = 1_300;
const TICK_MS = 1_000;
const KEPT_LINES = 5;

/**
 * Builds `temporal` from the pinned sources to `target`: about 6 minutes on two cores the first time. Go checks every
 * module against server/go.sum. Throws in Go's own words when it cannot.
 */
export async function buildTemporal(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const progress = startProgress(`Building Temporal ${TEMPORAL_VERSION} with Go (some minutes, once)`);
  const go = spawn('go', buildArguments(target), {
    env: { ...env, GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seen = { modules: 0, packages: 0, last: [] as string[] };
  const timer = setInterval(() => progress.update(describe(seen)), TICK_MS);
  try {
    const exit = once(go, 'close') as Promise<[number | null]>;
    createInterface(go.stderr).on('line', (line) => note(line, seen));
    const [code] = await exit;
    if (code !== 0) throw new Error(seen.last.join(' ') || `go ended with ${code ?? 'a signal'}`);
    progress.done(`done, ${seen.packages} packages`);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Error('Go is not installed') : (error as Error);
    progress.done(`failed, ${reason.message}`);
    throw reason;
  } finally {
    clearInterval(timer);
  }
}

function buildArguments(target: string): string[] {
  const version = `-X github.com/temporalio/cli/temporalcli.Version=${TEMPORAL_VERSION}`;
  return [
    'build',
    '-C',
    join(packageRoot, 'temporal-config', 'server'),
    '-v',
    '-o',
    target,
    '-ldflags',
    `-s -w ${version}`,
    PACKAGE,
  ];
}

interface Seen {
  modules: number;
  packages: number;
  last: string[];
}

function note(line: string, seen: Seen): void {
  if (line.startsWith('go: downloading ')) seen.modules += 1;
  else if (/^[\w./-]+$/.test(line)) seen.packages += 1;
  else seen.last = [...seen.last, line].slice(-KEPT_LINES);
}

const describe = ({ modules, packages }: Seen): string =>
  packages === 0 && modules > 0 ? `downloading, ${modules} modules` : `${packages} of at most ${PACKAGES} packages`;
