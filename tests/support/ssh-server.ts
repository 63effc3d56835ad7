import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { programFile } from './needs.ts';

const execute = promisify(execFile);

/** A git remote over ssh on 127.0.0.1, and a client's keys for it. */
export interface SshServer {
  user: string;
  port: number;
  /** What a client's known_hosts must say of it. */
  hostKey: string;
  /** Private key that it lets in. */
  key: string;
  /** Commands that clients have run so far, in their order. */
  commands: () => Promise<string[]>;
  /** How many connections there have been. */
  connections: () => number;
  /** Pushes are refused with these words from now on; with none they are taken. */
  refusePushes: (words: string) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Serves the bare repositories below `root` as a forge does: `/acme/app.git` is `<root>/acme/app.git`, and git is all
 * that may be run.
 */
export async function startSshServer(root: string): Promise<SshServer> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-sshd-'));
  const path = (name: string): string => join(dir, name);
  const [hostKey] = await Promise.all([createKey(path('host')), createKey(path('client'))]);
  await writeFile(path('commands'), '');
  await writeFile(path('refusal'), '');
  await writeFile(path('git-shell'), gitShell(root, path));
  await chmod(path('git-shell'), 0o755);
  const port = await freePort();
  await writeFile(path('config'), configuration(path, port));
  // A daemon of root's keeps the unprivileged half of itself in there.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = spawn(programFile('sshd') ?? 'sshd', ['-D', '-e', '-f', path('config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = await untilSaid(daemon, 'Server listening');
  return {
    user: userInfo().username,
    port,
    hostKey: `[127.0.0.1]:${port} ${hostKey}`,
    key: path('client'),
    commands: async () => (await readFile(path('commands'), 'utf8')).split('\n').filter((line) => line !== ''),
    connections: () => said().split('Connection from ').length - 1,
    refusePushes: (words) => writeFile(path('refusal'), words),
    close: async () => {
      await end(daemon);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const configuration = (path: (name: string) => string, port: number): string => `Port ${port}
ListenAddress 127.0.0.1
HostKey ${path('host')}
AuthorizedKeysFile ${path('client.pub')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv GIT_PROTOCOL
SetEnv "PATH=${process.env.PATH ?? ''}"
ForceCommand ${path('git-shell')}
LogLevel VERBOSE
`;

const gitShell = (root: string, path: (name: string) => string): string => `#!/bin/sh
echo "$SSH_ORIGINAL_COMMAND" >>'${path('commands')}'
path=\${SSH_ORIGINAL_COMMAND#* \\'}
path=\${path%\\'}
case $SSH_ORIGINAL_COMMAND in
  git-upload-pack\\ *) exec git upload-pack "${root}/\${path#/}" ;;
  git-receive-pack\\ *)
    if [ -s '${path('refusal')}' ]; then cat '${path('refusal')}' >&2; exit 1; fi
    exec git receive-pack "${root}/\${path#/}" ;;
esac
exit 1
`;

/** Makes a key pair at `file` and `file`.pub; gives the public one as known_hosts has it. */
export async function createKey(file: string): Promise<string> {
  await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

/** An ssh agent that holds `key`. Its socket is in the home directory, where a person's may be. */
export async function startSshAgent(key: string): Promise<{ socket: string; close: () => Promise<void> }> {
  const dir = await mkdtemp(join(homedir(), '.ssh-agent-'));
  const socket = join(dir, 'socket');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(agent.stdout, 'data');
  await execute('ssh-add', ['-q', key], { env: { PATH: process.env.PATH, SSH_AUTH_SOCK: socket } });
  const close = async (): Promise<void> => {
    await end(agent);
    await rm(dir, { recursive: true, force: true });
  };
  return { socket, close };
}

/**
 * Waits for `words` on the program's stderr, which must have one, and gives everything that is said there up to a
 * moment.
 */
async function untilSaid(program: ChildProcess, words: string): Promise<() => string> {
  let said = '';
  program.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(program, 'exit').then(() => 'exited' as const);
  while (!said.includes(words)) {
    const heard = await Promise.race([once(program.stderr ?? program, 'data'), exited]);
    if (heard === 'exited') throw new Error(`${program.spawnfile} ended before it was ready:\n${said}`);
  }
  return () => said;
}

async function end(program: ChildProcess): Promise<void> {
  const exited = once(program, 'exit');
  if (program.exitCode === null && program.signalCode === null) program.kill('SIGTERM');
  else return;
  await exited;
}
