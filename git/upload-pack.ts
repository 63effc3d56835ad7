import { join } from 'node:path';

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
 * Value for `git fetch --upload-pack` that reads the checkout in a sandbox which sees nothing of this host's data but
 * that checkout's git directory and its mirror, both read-only, and no network.
 */
export function confinedUploadPack(checkout: string, mirrorDir: string): string {
  const gitDir = join(checkout, '.git');
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
    '--chdir',
    gitDir,
    '--',
    'git-upload-pack',
  ];
  return args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}
