import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { HostSettings } from '../activities/deps.ts';
import { profileDirectories, type Config } from '../config/index.ts';
import { packageSettings } from '../config/package-settings.ts';
import { findToolchains } from '../processes/toolchains.ts';
import { signingKeys } from '../doctor/signing.ts';
import { forgeSettings } from './forge-settings.ts';

/** What the activities of host `host` need to know of the configuration. */
export async function hostSettings(config: Config, host: string): Promise<HostSettings> {
  return {
    host,
    hostname: hostname(),
    disk: await diskId(config.dataDir),
    dataDir: config.dataDir,
    reposRoot: config.reposRoot,
    cloneFilter: config.cloneFilter,
    worktreeRoot: config.worktreeRoot,
    agentTimeoutS: config.agentTimeout,
    maxCachesGb: config.maxCachesGb,
    commitLimits: { files: config.maxCommitFiles, megabytes: config.maxCommitMb },
    startTimeoutS: config.startTimeoutS,
    stallTimeoutS: config.stallTimeoutS,
    backgroundTimeoutS: config.backgroundTimeoutS,
    approvalHoldS: config.approvalHoldS,
    routerModel: config.routerModel,
    defaultAgent: config.defaultAgent,
    author: { name: config.gitAuthorName, email: config.gitAuthorEmail },
    signing: signingKeys(config),
    allowLocalRepos: config.allowLocalRepos,
    allowedRepoHosts: config.allowedRepoHosts,
    profileDirs: profileDirectories(config),
    packages: packageSettings(config),
    mcpFilesDir: config.mcpFilesDir,
    defaultMcpFile: config.defaultMcpFile,
    forges: forgeSettings(config),
    keyFiles: keyFiles(config),
    toolchains: await findToolchains(homedir(), process.env),
    told: { prompts: config.otelLogPrompts, toolDetails: config.otelLogToolDetails },
    env: withCfAccess(process.env, config),
  };
}

/** Where the keys are that sign, or that the worker shows GitHub and Temporal: no agent may read them. */
function keyFiles({ githubAppPrivateKeyPath, sshSigningKey, gpgHome, temporal }: Config): string[] {
  const { TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_CONFIG_FILE } = temporal;
  const named = [githubAppPrivateKeyPath, sshSigningKey, gpgHome, TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_CONFIG_FILE];
  return named.filter((path) => path !== undefined);
}

/** The identity of a data directory, made on first use; processes that share the directory share it. */
export async function diskId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'disk-id');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known !== '') return known.trim();
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${randomUUID()}\n`);
  // The first to link it decides, whoever else starts now.
  await link(draft, path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return (await readFile(path, 'utf8')).trim();
}

type Access = Pick<Config, 'cfAccessClientId' | 'cfAccessClientSecret'>;

/** `env` with the two headers that Cloudflare Access wants, behind those that are sent to the model anyway. */
export function withCfAccess(
  env: NodeJS.ProcessEnv,
  { cfAccessClientId: id, cfAccessClientSecret: secret }: Access,
): NodeJS.ProcessEnv {
  if (id === undefined || secret === undefined) return env;
  const headers = [env.ANTHROPIC_CUSTOM_HEADERS, `CF-Access-Client-Id: ${id}`, `CF-Access-Client-Secret: ${secret}`];
  return { ...env, ANTHROPIC_CUSTOM_HEADERS: headers.filter(Boolean).join('\n') };
}
