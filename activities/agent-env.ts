import { agentEnvironment } from '../runners/environment.ts';
import type { HostSettings } from './deps.ts';
import type { JobPaths } from './paths.ts';

/** The environment of everything that runs for a job: the allow list, and what the profile `names`. */
export const environmentOf = (
  { env, author }: HostSettings,
  { home, config, tmp }: Pick<JobPaths, 'home' | 'config' | 'tmp'>,
  names: readonly string[] = [],
): Record<string, string> => agentEnvironment(env, { home, config_dir: config, tmp, author, names });
