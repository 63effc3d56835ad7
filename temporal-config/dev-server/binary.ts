import { accessSync, constants, renameSync, rmSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Config } from '../../config/index.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { withLock } from '../../processes/file-lock.ts';
import { outputOf } from '../../processes/run-program.ts';
import { buildTemporal } from './binary-build.ts';
import { downloadTemporal, officialRelease } from './binary-download.ts';
import { TEMPORAL_VERSION } from './version.ts';

/** Older servers know no priorities. */
const OLDEST_SERVER = { major: 1, minor: 29 };
const ASK_TIMEOUT_MS = 10_000;

/**
 * Path of a `temporal` program whose server is new enough: AGENTICORE_TEMPORAL_BINARY, else PATH, else our cache, else
 * the official download, else built with Go into the cache (minutes, with progress on stderr). Callers at the same time
 * obtain it once. Throws `engine_unavailable`, naming what is missing and what to do.
 */
export async function findTemporal(
  config: Pick<Config, 'temporalBinary' | 'cacheDir'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const installed = await findInstalledTemporal(config, env);
  if (installed !== undefined) return installed;
  const cached = cachedAt(config.cacheDir);
  const obtainOnce = async (): Promise<string> => (isProgram(cached) ? cached : obtain(cached, env));
  return withLock(`${cached}.lock`, obtainOnce, {
    onWait: (pid) =>
      process.stderr.write(`Waiting for process ${pid}, which is installing Temporal ${TEMPORAL_VERSION}.\n`),
  });
}

/**
 * The same, but never obtains one: undefined where it would have to. Throws for an unsuitable
 * AGENTICORE_TEMPORAL_BINARY.
 */
export async function findInstalledTemporal(
  config: Pick<Config, 'temporalBinary' | 'cacheDir'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  if (config.temporalBinary !== undefined) return chosen(config.temporalBinary);
  const installed = onPath(env);
  if (installed !== undefined && (await unsuitable(installed)) === undefined) return installed;
  const cached = cachedAt(config.cacheDir);
  return isProgram(cached) ? cached : undefined;
}

const cachedAt = (cacheDir: string): string => join(cacheDir, 'agenticore', 'bin', `temporal-${TEMPORAL_VERSION}`);

async function chosen(file: string): Promise<string> {
  const problem = isProgram(file) ? await unsuitable(file) : 'is not an executable program';
  if (problem === undefined) return file;
  throw new Failure(
    'engine_unavailable',
    `AGENTICORE_TEMPORAL_BINARY (${file}) ${problem}: name a Temporal CLI ${TEMPORAL_VERSION} or newer, or unset it.`,
  );
}

/** Why this `temporal` does not serve; undefined when it does. */
async function unsuitable(file: string): Promise<string | undefined> {
  const output = await outputOf(file, ['--version'], ASK_TIMEOUT_MS);
  if (output === undefined) return 'does not answer `--version`';
  const [, major, minor] = (/Server (\d+)\.(\d+)/.exec(output) ?? []).map(Number);
  if (major === undefined || minor === undefined) return 'is not the Temporal CLI';
  const isNew = major > OLDEST_SERVER.major || (major === OLDEST_SERVER.major && minor >= OLDEST_SERVER.minor);
  return isNew
    ? undefined
    : `has server ${major}.${minor}, which is older than ${OLDEST_SERVER.major}.${OLDEST_SERVER.minor}`;
}

async function obtain(target: string, env: NodeJS.ProcessEnv): Promise<string> {
  const draft = `${target}.draft`;
  const ways = [
    { name: 'The download', take: () => downloadTemporal(draft, officialRelease(process.platform, process.arch)) },
    { name: 'The build from source', take: () => buildTemporal(draft, env) },
  ];
  const problems: string[] = [];
  for (const { name, take } of ways) {
    try {
      rmSync(draft, { force: true });
      await take();
      renameSync(draft, target);
      return target;
    } catch (error) {
      problems.push(`${name} failed: ${(error as Error).message}.`);
    }
  }
  throw new Failure(
    'engine_unavailable',
    `No Temporal server can be started: there is no suitable \`temporal\` on PATH. ${problems.join(' ')} ${remedies()}`,
  );
}

const remedies = (): string =>
  `Do one of: install the Temporal CLI ${TEMPORAL_VERSION} or newer (https://docs.temporal.io/cli) and set AGENTICORE_TEMPORAL_BINARY to it; ` +
  'install Go 1.25 or newer and start again; or set TEMPORAL_ADDRESS to a running Temporal server.';

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, 'temporal'))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
