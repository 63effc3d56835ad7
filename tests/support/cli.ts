import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach } from '@jest/globals';
import { commandFile } from './command.ts';

/** A command line at work. */
export interface Running {
  child: ChildProcess;
  /** Resolves when stdout or stderr holds `text`; throws when the process ends without having said it. */
  says: (text: string) => Promise<void>;
  ended: Promise<Ended>;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Start {
  /** `agenticore` where it is left out. */
  command?: 'agenticore' | 'agentctl' | 'agentd';
  env?: Record<string, string>;
  stdin?: string;
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/**
 * Starts the command with `args`, in an environment of its own. It is killed, where it has not ended, when the test is
 * over.
 */
export function startCli(
  url: string,
  args: readonly string[],
  { command = 'agenticore', env = {}, stdin = '' }: Start = {},
): Running {
  const child = spawn(process.execPath, [commandFile(command), ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, AGENTICORE_URL: url, AGENTCTL_URL: url, ...env },
    stdio: 'pipe',
  });
  started.push(child);
  child.stdin.end(stdin);
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const closed = once(child, 'close');
  const says = async (text: string): Promise<void> => {
    while (!(said.stdout + said.stderr).includes(text)) {
      const heard = await Promise.race([
        once(child.stdout, 'data'),
        once(child.stderr, 'data'),
        closed.then(() => 'closed' as const),
      ]);
      if (heard === 'closed' && !(said.stdout + said.stderr).includes(text))
        throw new Error(`${command} ended without saying "${text}":\n${said.stdout}\n${said.stderr}`);
    }
  };
  return { child, says, ended: closed.then(() => ({ code: child.exitCode, ...said })) };
}

/** Runs the command with `args` to its end. */
export const runCli = (url: string, args: readonly string[], start?: Start): Promise<Ended> =>
  startCli(url, args, start).ended;
