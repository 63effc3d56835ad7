import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openKeyboard } from './keyboard.ts';

/** Another command of this program has the terminal until it ends; with `waits` until a key is pressed after that. */
export async function lendTerminal(args: readonly string[], waits: boolean): Promise<void> {
  const [node, program = ''] = process.argv;
  const child = spawn(node ?? process.execPath, [program, ...args], { stdio: 'inherit' });
  await once(child, 'close');
  if (waits) await anyKey();
}

async function anyKey(): Promise<void> {
  process.stderr.write('\nPress a key to go back.');
  await new Promise<void>((resolve) => {
    const keyboard = openKeyboard(process.stdin, () => {
      keyboard.close();
      resolve();
    });
  });
}
