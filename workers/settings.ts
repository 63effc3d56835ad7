import { hostname } from 'node:os';
import type { HostSettings } from '../activities/deps.ts';
import { profileDirectories, type Config } from '../config.ts';
import { diskId } from './disk.ts';

/** What the activities of host `host` need to know of the configuration. */
export async function hostSettings(config: Config, host: string): Promise<HostSettings> {
  const {
    dataDir,
    reposRoot,
    worktreeRoot,
    claudeBinary,
    claudeTimeout,
    allowLocalRepos,
    allowedRepoHosts,
    githubToken,
    githubApiUrl,
    mcpFilesDir,
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
    author: { name: config.gitAuthorName, email: config.gitAuthorEmail },
    allowLocalRepos,
    allowedRepoHosts,
    profileDirs: profileDirectories(config),
    mcpFilesDir,
    githubToken,
    githubApiUrl,
    env: process.env,
  };
}
