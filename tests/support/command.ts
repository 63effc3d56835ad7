import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../config/index.ts';

/** A built command of the package: what ships is what is tested. */
export const commandFile = (name: 'agenticore' | 'agentctl' | 'agentd'): string =>
  join(packageRoot, 'dist', 'program', `${name}.js`);

export const CLI = commandFile('agenticore');

/** What the built `agenticore` prints on stdout; rejects when it does not end well. */
export async function agenticore(env: Record<string, string>, ...args: string[]): Promise<string> {
  const options = { env: { ...env, NO_COLOR: '1', COLUMNS: '500' }, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(process.execPath, [CLI, ...args], options)).stdout;
}
