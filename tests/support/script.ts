import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach } from '@jest/globals';
import { packageRoot } from '../../config/index.ts';

type Script = ChildProcessByStdio<null, Readable, null>;

const started: Script[] = [];
afterEach(() => {
  for (const { exitCode, signalCode, pid } of started.splice(0))
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGKILL');
});

/**
 * A Node process of its own that runs `body`, an ES module that may import TypeScript from the package root by `./`. It
 * is ended, with its group, when the test is over.
 */
export function runScript(body: string, env: NodeJS.ProcessEnv = {}): Script {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', body], {
    cwd: packageRoot,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}

/** Returns when the process prints a line that is `text`; throws when its output ends without. */
export async function untilSaid(child: { stdout: Readable }, text: string): Promise<void> {
  const lines = createInterface(child.stdout);
  for await (const [line] of on(lines, 'line', { close: ['close'] }) as AsyncIterable<[string]>) {
    if (line === text) return;
  }
  throw new Error(`the process ended without saying ${text}`);
}
