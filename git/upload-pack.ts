import { quotedForShell } from './git.ts';

// Enough of the system for git to run; whatever does not exist is left out.
const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/opt',
  '/nix/store',
];

/**
 * Value for `git fetch --upload-pack` that reads a git directory in a sandbox which sees nothing of this host's data
 * but that directory and its mirror, both read-only, and no network.
 */
export function confinedUploadPack(gitDir: string, mirrorDir: string): string {
  const args = [
    ...[
      'bwrap',
      '--unshare-all',
      '--die-with-parent',
      '--new-session',
      '--cap-drop',
      'ALL',
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--tmpfs',
      '/tmp',
    ],
    ...SYSTEM.flatMap((path) => ['--ro-bind-try', path, path]),
    ...[gitDir, mirrorDir].flatMap((path) => ['--ro-bind', path, path]),
    // A volume may give everything another owner than who made it.
    ...['GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=safe.directory', 'GIT_CONFIG_VALUE_0=*'].flatMap((variable) => [
      '--setenv',
      ...variable.split('='),
    ]),
    '--chdir',
    gitDir,
    '--',
    'git-upload-pack',
  ];
  return args.map(quotedForShell).join(' ');
}
