import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../config/index.ts';
import { PROJECT } from './demo-project.ts';
import { createBareRepo } from '../tests/support/sample-repo.ts';

/** The temporary folder that the whole demo happens in. */
export interface Place {
  dir: string;
  dataDir: string;
  /** The bare repository, which stands for the one at a git host. */
  repo: string;
  remove: () => Promise<void>;
}

/** Makes the folder with its repository; what `remove` removes is all that there is of the demo on this disk. */
export async function createPlace(): Promise<Place> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'agenticore-demo-')));
  const repo = join(dir, 'basket.git');
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 10 });
  try {
    await createBareRepo(repo, { files: PROJECT });
  } catch (error) {
    await remove();
    throw error;
  }
  return { dir, dataDir: join(dir, 'data'), repo, remove };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of other servers; the demo must neither follow nor disturb them. */
const OF_OTHERS = /^(AGENTICORE|TEMPORAL|REDIS|OTEL|POSTGRES|LANGFUSE)_/;

/** Where an agent's model is, and who pays for it. */
const OF_THE_MODEL = /^(ANTHROPIC_|CLAUDE_CODE_)/;

/**
 * Environment of the demo's server. With `modelUrl` no credential for a model is in it; without, the person's own is.
 */
export function serverEnvironment(
  { dir, dataDir }: Place,
  engine: string,
  modelUrl: string | undefined,
  env: Environment = process.env,
): Environment {
  const dropped = (name: string): boolean =>
    OF_OTHERS.test(name) || (modelUrl !== undefined && OF_THE_MODEL.test(name));
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !dropped(name)));
  const direct = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return {
    ...kept,
    // The agent's tests run on the Node that runs the demo.
    PATH: [dirname(process.execPath), env.PATH].filter(Boolean).join(delimiter),
    NO_PROXY: direct,
    no_proxy: direct,
    AGENTICORE_DATA_DIR: dataDir,
    AGENTICORE_REPOS_ROOT: join(dir, 'mirrors'),
    AGENTICORE_PORT: '0',
    AGENTICORE_ALLOW_LOCAL_REPOS: 'true',
    AGENTICORE_CLAUDE_BINARY: join(packageRoot, 'node_modules', '.bin', 'claude'),
    AGENTICORE_TEMPORAL_BINARY: engine,
    AGENTICORE_LOG_LEVEL: 'warn',
    ...(modelUrl === undefined ? {} : { ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: 'no-key-is-needed' }),
  };
}
