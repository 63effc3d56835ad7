import { hostname } from 'node:os';
import type { HostSettings } from '../activities/deps.ts';
import { profileDirectories, type Config } from '../config/index.ts';
import { withCfAccess } from './cf-access.ts';
import { diskId } from './disk-id.ts';
import { forgeSettings } from './forge-settings.ts';

/** What the activities of host `host` need to know of the configuration. */
export async function hostSettings(config: Config, host: string): Promise<HostSettings> {
  const {
    dataDir,
    reposRoot,
    worktreeRoot,
    claudeBinary,
    claudeTimeout,
    routerModel,
    allowLocalRepos,
    allowedRepoHosts,
    mcpFilesDir,
    defaultMcpFile,
  } = config;
  return {
    host,
    hostname: hostname(),
    disk: await diskId(dataDir),
    dataDir,
    reposRoot,
    worktreeRoot,
    claudeBinary,
    agentTimeoutS: claudeTimeout,
    routerModel,
    author: { name: config.gitAuthorName, email: config.gitAuthorEmail },
    allowLocalRepos,
    allowedRepoHosts,
    profileDirs: profileDirectories(config),
    mcpFilesDir,
    defaultMcpFile,
    forges: forgeSettings(config),
    keyFiles: keyFiles(config),
    env: withCfAccess(process.env, config),
  };
}

/** Files that hold what the worker shows GitHub and Temporal: no agent may read them. */
function keyFiles({ githubAppPrivateKeyPath, temporal }: Config): string[] {
  const { TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_CONFIG_FILE } = temporal;
  const named = [githubAppPrivateKeyPath, TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_CONFIG_FILE];
  return named.filter((path) => path !== undefined);
}
