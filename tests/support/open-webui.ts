import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

/** A running Open WebUI without accounts, whose only connection is the product. */
export interface OpenWebUi {
  url: string;
  stop: () => Promise<void>;
}

interface Connection {
  url: string;
  key: string;
  headers: Record<string, string>;
}

/** Starts `program` and resolves when it answers; what it says is in a file of the place. */
export async function startOpenWebUi(program: string, { dir, env }: Place, to: Connection): Promise<OpenWebUi> {
  const data = join(dir, 'open-webui');
  await mkdir(data);
  const log = await open(join(dir, 'open-webui.log'), 'w');
  const port = await freePort();
  const child = spawn(program, ['serve', '--host', '127.0.0.1', '--port', String(port)], {
    cwd: data,
    env: { ...pick(env), ...settings(data, to) },
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = once(child, 'exit');
  await log.close();
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Open WebUI ended with ${child.exitCode}: see ${dir}`);
    return (await fetch(`${url}/health`).catch(() => undefined))?.ok;
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const pick = ({ PATH = '', HOME = '' }: Record<string, string>): Record<string, string> => ({ PATH, HOME });

const settings = (data: string, { url, key, headers }: Connection): Record<string, string> => ({
  DATA_DIR: data,
  WEBUI_AUTH: 'False',
  WEBUI_SECRET_KEY: 'of-this-test',
  ENABLE_OLLAMA_API: 'False',
  OPENAI_API_BASE_URL: `${url}/v1`,
  OPENAI_API_KEY: key,
  OPENAI_API_CONFIGS: JSON.stringify({ 0: { enable: true, headers } }),
  // Nothing is to be downloaded.
  OFFLINE_MODE: 'True',
  RAG_EMBEDDING_ENGINE: 'openai',
  ANONYMIZED_TELEMETRY: 'False',
});
