import { realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { sep } from 'node:path';
import { outputOf } from './run-program.ts';
import type { Command } from './spawn.ts';

/** What a sandboxed program may do with the file system and the network. Of nested paths the deeper one counts. */
export interface SandboxRules {
  writable: readonly string[];
  /** Read-only, needed only where it lies below something hidden. */
  readable: readonly string[];
  /** Directories that look empty, files that look empty. */
  hidden: readonly string[];
  network: boolean;
}

const ALWAYS = ['--unshare-pid', '--die-with-parent', '--cap-drop', 'ALL', '--proc', '/proc', '--dev', '/dev'];

const PROBE_MS = 5_000;

/** The process that holds the pid namespace is told by a pipe. */
const INFO = ['--info-fd', '3'];

let probe: Promise<boolean> | undefined;

/**
 * Whether bubblewrap works here, tried once per process: in many containers it is installed but may not make
 * namespaces.
 */
export function detectSandbox(): Promise<boolean> {
  const args = ['--ro-bind', '/', '/', ...ALWAYS, '--tmpfs', tmpdir(), 'true'];
  probe ??= outputOf('bwrap', args, PROBE_MS).then((output) => output !== undefined);
  return probe;
}

/** Where a program finds its temporary directory: the path of a Unix socket in it has at most 107 bytes. */
const TMP = '/tmp';

/**
 * The same command inside bubblewrap: a pid namespace that dies with this process, a read-only root, private temporary
 * directories. Its own one, TMPDIR, is at /tmp.
 */
export async function sandboxed(command: Command, rules: SandboxRules): Promise<Command> {
  const { TMPDIR: tmp, ...env } = command.env;
  const args = [
    ...INFO,
    ...(await sandboxArgs(rules, tmp)),
    '--chdir',
    command.cwd,
    '--',
    command.file,
    ...command.args,
  ];
  return { ...command, file: 'bwrap', env: tmp === undefined ? env : { ...env, TMPDIR: TMP }, args };
}

/** At `path` comes what `flags` say. */
interface Mount {
  path: string;
  flags: string[];
}

/** Arguments for `bwrap` up to the command; paths that do not exist are left out. */
async function sandboxArgs(rules: SandboxRules, tmp: string | undefined): Promise<string[]> {
  const groups = await Promise.all([
    existing([...PRIVATE, tmpdir(), ...rules.hidden], hide),
    existing(tmp === undefined ? [] : [tmp], (real) => [{ path: TMP, flags: ['--bind', real, TMP] }]),
    existing([...NEEDED, ...rules.readable], show('--ro-bind')),
    existing(rules.writable, show('--bind')),
  ]);
  // A stable sort: at the same depth what hides comes before what shows again.
  const mounts = groups.flat().sort((one, other) => depth(one.path) - depth(other.path));
  return [
    '--ro-bind',
    '/',
    '/',
    ...ALWAYS,
    ...(rules.network ? [] : ['--unshare-net']),
    ...mounts.flatMap(({ flags }) => flags),
  ];
}

/** Hidden from everybody: temporary files, and sockets such as Docker's, by which one could leave the sandbox. */
const PRIVATE = [TMP, '/var/tmp', '/run'];
/** Needed although it may lie in /run: name resolution, and all programs of NixOS. */
const NEEDED = ['/etc/resolv.conf', '/run/current-system'];

async function existing(
  paths: readonly string[],
  mountsOf: (real: string, given: string, isFile: boolean) => Mount[],
): Promise<Mount[]> {
  const found = await Promise.all(
    paths.map(async (path): Promise<Mount[]> => {
      const real = await realpath(path).catch(() => undefined);
      return real === undefined ? [] : mountsOf(real, path, !(await stat(real)).isDirectory());
    }),
  );
  return found.flat();
}

const hide = (real: string, _given: string, isFile: boolean): Mount[] => [
  { path: real, flags: isFile ? ['--ro-bind', '/dev/null', real] : ['--tmpfs', real] },
];

/** Also by the name that it was given: a link to it may lie in something hidden. */
const show =
  (flag: string) =>
  (real: string, given: string): Mount[] =>
    [...new Set([real, given])].map((path) => ({ path, flags: [flag, real, path] }));

const depth = (path: string): number => path.split(sep).length;
