import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig, packageRoot } from '../../config/index.ts';
import { pythonWithClients } from '../../scripts/python-clients.ts';
import { servePackage } from '../support/chat.ts';
import { blocksOf } from '../support/doc-blocks.ts';
import type { Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

const KEY = 'key-of-this-test';
const ANSWER = 'A basket and its tests.';
const python = pythonWithClients(loadConfig().cacheDir);

let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({ script: () => ({ text: ANSWER }) });
  const env = { ...(await servePackage(world, 'repo-guide')), AGENTICORE_API_KEYS: `me=${KEY}` };
  product = await world.start('serve', { env });
});
afterAll(() => world.end());

const RUN: Record<string, ((text: string) => [string, string[]]) | undefined> = {
  sh: (text) => ['bash', ['-c', text]],
  js: (text) => [process.execPath, ['--input-type=module', '-e', text]],
  ...(python === undefined ? {} : { py: (text: string): [string, string[]] => [python, ['-c', text]] }),
};
const programs = blocksOf('docs/clients/README.md').filter(({ language }) => ['sh', 'js', 'py'].includes(language));

test.each(programs.map((block, i) => [`${i + 1}, ${block.language}`, block] as const))(
  'program %s of docs/clients prints the answer',
  async (_title, { language, text }) => {
    // Each of them names the same conversation.
    const ours = text.replaceAll('http://localhost:8200', product.url).replaceAll('KEY', KEY);
    const [program, args] = RUN[language]?.(ours) ?? ['bash', ['-c', `echo there is no ${language} with the clients`]];
    const { stdout } = await promisify(execFile)(program, args, { cwd: packageRoot });
    const said = language === 'sh' ? [...stdout.matchAll(/"content":"([^"]+)"/g)].map(([, part]) => part) : [stdout];
    expect(said.join('')).toBe(ANSWER);
  },
);
