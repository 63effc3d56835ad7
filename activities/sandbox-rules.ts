import { homedir } from 'node:os';
import { join } from 'node:path';
import { mirrorDir } from '../git/mirror.ts';
import { AGENT_HOME_FILES } from '../runners/agents.ts';
import { readCompletion } from '../git/completion.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import { repoOf } from './remotes.ts';

/** What a person keeps in the home directory that no agent may read: keys, logins, tokens. */
const HOME_SECRETS = [
  '.agenticore',
  '.aws',
  '.azure',
  '.bundle/config',
  '.cargo/credentials',
  '.cargo/credentials.toml',
  '.config',
  '.docker',
  '.gem/credentials',
  '.git-credentials',
  '.gnupg',
  '.gradle/gradle.properties',
  '.kube',
  '.m2/settings.xml',
  '.m2/settings-security.xml',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.ssh',
  '.terraform.d',
  ...AGENT_HOME_FILES,
];

/** What a program that works for a job may see and write. */
export interface Confinement {
  writable: string[];
  readable: string[];
  hidden: string[];
  /** Directories in which only this job works. */
  directories: string[];
}

/**
 * The rules for everything that runs on behalf of a job: its own files, the mirror it borrows from, nobody's secrets.
 */
export function confinementOf(settings: HostSettings, place: WorkPlace, repoUrl: string | undefined): Confinement {
  const { worktree, dir, config, home, tmp } = jobPaths(settings, place);
  const { dataDir, worktreeRoot, reposRoot, keyFiles, toolchains, env } = settings;
  // Who reaches its socket signs with its keys, wherever they are.
  const sshAgent = env.SSH_AUTH_SOCK === undefined ? [] : [env.SSH_AUTH_SOCK];
  const secrets = HOME_SECRETS.map((name) => join(homedir(), name));
  return {
    writable: [worktree, config, home, tmp],
    readable: [
      ...toolchains.roots,
      ...(repoUrl === undefined ? [] : [mirrorDir(reposRoot, repoOf(settings, repoUrl)), ...borrowedBy(worktree)]),
    ],
    hidden: [dataDir, worktreeRoot, reposRoot, ...secrets, ...keyFiles, ...sshAgent],
    directories: [worktree, dir],
  };
}

/** The mirrors of its submodules. */
const borrowedBy = (worktree: string): string[] =>
  (readCompletion(worktree)?.submodules ?? []).map(({ mirrorDir }) => mirrorDir);
