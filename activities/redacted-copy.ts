import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { withoutSecrets } from '../runners/environment.ts';

/**
 * Copies a text file, replacing the values of the secret variables of `env`. The agent has them, and may have read them
 * out. What it wrote in another form, such as base64, stays.
 */
export async function copyWithoutSecrets(from: string, to: string, env: Record<string, string>): Promise<void> {
  const lines = createInterface({ input: createReadStream(from) });
  await pipeline(
    lines,
    async function* (source: AsyncIterable<string>) {
      for await (const line of source) yield `${withoutSecrets(line, env)}\n`;
    },
    createWriteStream(to, { mode: 0o600 }),
  );
}
