import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach } from '@jest/globals';
import { CLI } from './command.ts';
import { until } from './until.ts';

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** The CLI on a terminal of its own, of 80 columns and 24 rows, until the test is over. */
export interface Pty {
  type(keys: string): void;
  /** Resolves when `text` was written more than `times - 1` times. */
  shows(text: string, times?: number): Promise<boolean>;
  /** Its exit code. */
  ended: Promise<unknown>;
  said(): string;
}

/** Needs the program `script`. */
export function openPty(url: string, args: readonly string[]): Pty {
  const command = `stty cols 80 rows 24; exec "${process.execPath}" "${CLI}" ${args.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, AGENTICORE_URL: url, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(child);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    type: (keys) => void child.stdin.write(keys),
    shows: (text, times = 1) =>
      until(
        () => said.split(text).length > times,
        () => `${text}; seen: ${said}`,
      ),
    ended: new Promise((resolve) => child.once('close', resolve)),
    said: () => said,
  };
}
