import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, type Config } from './index.ts';
import { syncedDir } from './synced.ts';

/** Where agent packages are, and what counts for all of them; see packages/package.ts. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- its type is that of packages/
export function packageSettings(config: Config) {
  const { packageDir, packageRepoUrl, agentihubDir, agentihubUrl } = config;
  const cwd = process.cwd();
  return {
    folders: [
      ...(packageDir === undefined ? [] : [{ dir: packageDir }]),
      ...(packageRepoUrl === undefined ? [] : [{ dir: syncedDir(config, 'package'), name: repoName(packageRepoUrl) }]),
      ...(agentihubDir === undefined ? [] : [{ dir: agentihubDir }]),
      ...(agentihubUrl === undefined ? [] : [{ dir: syncedDir(config, 'agentihub') }]),
    ],
    agent: config.agentihubAgent,
    bundled: join(packageRoot, 'packages', 'bundled', 'repo-guide'),
    readable: config.agentModeFolder,
    workingFolder: existsSync(join(cwd, '.git')) ? cwd : undefined,
    appendSystemPrompt: config.appendSystemPrompt,
    timeoutS: config.agentModeTimeout,
    defaultAgent: config.defaultAgent,
  };
}

/** `https://github.com/acme/helper.git` is `helper`. */
const repoName = (url: string): string => /([^/:]+?)(?:\.git)?\/*$/.exec(url)?.[1] ?? 'package';
