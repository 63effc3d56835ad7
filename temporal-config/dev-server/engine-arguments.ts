import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../config/index.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/workflow/search-attributes.ts';
import { ENGINE_HOST } from './engine-file.ts';
import type { Ports } from './ports.ts';

/** Survives a kill of the server, not a power cut. */
const PRAGMAS = ['journal_mode=wal', 'synchronous=off'];

/** As shipped the server polls its queues 20 times a second, which makes every step of a workflow wait 50 ms. */
const POLLS_PER_S = 1_000;
const POLLING_QUEUES = ['transfer', 'timer', 'visibility', 'outbound'];

/** Command line of the embedded engine. */
export function engineArguments(database: string, ports: Ports): string[] {
  const dynamic = [
    ...shippedDynamicConfig(),
    ...POLLING_QUEUES.map((queue) => `history.${queue}ProcessorMaxPollRPS=${POLLS_PER_S}`),
  ];
  return [
    'server',
    'start-dev',
    '--ip',
    ENGINE_HOST,
    '--headless=false',
    '--log-level',
    'warn',
    '--disable-config-file',
    '--disable-config-env',
    '--db-filename',
    database,
    '--port',
    String(ports.port),
    '--ui-port',
    String(ports.ui_port),
    ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...dynamic.flatMap((pair) => ['--dynamic-config-value', pair]),
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** dynamicconfig.yaml as `key=JSON` pairs; only its unconstrained values can go on a command line. */
function shippedDynamicConfig(): string[] {
  const file = parse(readFileSync(join(packageRoot, 'temporal-config', 'dynamicconfig.yaml'), 'utf8')) as Record<
    string,
    { value: unknown }[]
  >;
  return Object.entries(file).map(([key, [first]]) => `${key}=${JSON.stringify(first?.value)}`);
}
