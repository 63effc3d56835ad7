import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { packageRoot } from '../config/index.ts';

/** Writes docs/<name>, formatted as the other documents are; with --check it fails where the file differs instead. */
export async function keepDoc(name: string, text: string, command: string): Promise<void> {
  const file = join(packageRoot, 'docs', name);
  const wanted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (!process.argv.includes('--check')) return writeFileSync(file, wanted);
  if (readFileSync(file, 'utf8') === wanted) return;
  console.error(`docs/${name} is out of date: run \`npm run build && npm run ${command}\` and commit it.`);
  process.exitCode = 1;
}
