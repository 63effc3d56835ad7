import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../api/http/app.ts';
import { createRegistry } from '../telemetry/registry.ts';
import type { ApiDeps } from '../api/http/deps.ts';
import { loadConfig, packageRoot } from '../config/index.ts';

/** Writes docs/openapi.json from the routes; with `--check` only says whether it is what the routes say. */
async function openapi(): Promise<void> {
  const file = join(packageRoot, 'docs', 'openapi.json');
  const now = await describeApi();
  if (!process.argv.includes('--check')) return writeFile(file, now);
  if ((await readFile(file, 'utf8').catch(() => '')) === now) return;
  console.error('docs/openapi.json is out of date: run `npm run build && npm run openapi` and commit it.');
  process.exitCode = 1;
}

async function describeApi(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  // No route is called, so nothing behind them is there.
  const nothing = { sessions: {} } as Pick<
    ApiDeps,
    | 'jobs'
    | 'plans'
    | 'worktrees'
    | 'sessions'
    | 'conversations'
    | 'responses'
    | 'completions'
    | 'overviews'
    | 'stats'
    | 'usage'
    | 'telemetry'
    | 'packages'
    | 'events'
    | 'artifacts'
    | 'warmAgents'
    | 'spareAgents'
    | 'surfaces'
    | 'sync'
  >;
  const log = pino({ level: 'silent' });
  // Where no config.yml lies: the user's own settings have no say in it.
  const config = loadConfig({ AGENTICORE_DATA_DIR: join(packageRoot, 'docs') });
  const app = await buildApp({
    ...nothing,
    config,
    version,
    metrics: createRegistry(),
    uiUrl: null,
    problems: () => [],
    disk: null,
    log,
  });
  const { body } = await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } });
  await app.close();
  return `${JSON.stringify(JSON.parse(body), undefined, 2)}\n`;
}

await openapi();
