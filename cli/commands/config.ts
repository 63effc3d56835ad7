import type { Command } from 'commander';
import type { EffectiveSetting } from '../../config/index.ts';
import type { Route } from '../../contract/http/profile-rule.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable } from '../output/table.ts';
import { onMachine } from '../command.ts';

/** Shown in place of a secret. */
const MASK = '********';

/** Variables of Temporal that hold credentials. */
const TEMPORAL_SECRET = /API_KEY|_DATA$|GRPC_META/;

/** A setting after its schema has parsed it. */
type Shown = string | number | boolean | readonly string[] | null;

interface Row {
  variable: string;
  /** Secrets are masked; null where there is none. */
  value: Shown;
  source: EffectiveSetting['source'];
}

/** `agenticore config`: the settings in effect on this machine, and where each comes from. */
export function registerConfig(program: Command): void {
  const command = program
    .command('config')
    .description('Show the settings in effect on this machine and where each comes from; secrets are masked');
  onMachine(command, show);
}

async function show({ json }: { json: boolean }): Promise<void> {
  const { explainConfig } = await import('../../config/index.ts');
  const { file, config, settings } = explainConfig();
  const { routes, warnings } = config;
  const rows = [...settings.map(rowOf), ...Object.entries(config.temporal).map(temporalRow)];
  if (json) return print(toJson({ success: true, file, settings: rows, routes, warnings }));
  printTable(['VARIABLE', 'VALUE', 'FROM'], rows.map(cells));
  if (routes.length > 0)
    print(['', 'Routes, which choose the profile of a job that names none:', ...routes.map(routeLine)].join('\n'));
  for (const sentence of warnings) say(`warning: ${oneLine(sentence)}`);
  say(`Settings come from the environment and from ${oneLine(file)}.`);
}

function rowOf({ setting: { variable, secret }, value, source }: EffectiveSetting): Row {
  // A secret has no default.
  const absent = value === undefined || (secret && source === 'default');
  return { variable, value: absent ? null : secret ? MASK : withoutPassword(value as Shown), source };
}

const temporalRow = ([variable, value]: [string, string]): Row => ({
  variable,
  value: TEMPORAL_SECRET.test(variable) ? MASK : value,
  source: 'environment',
});

/** Any URL may hold a password. */
const withoutPassword = (value: Shown): Shown =>
  typeof value === 'string' ? value.replace(/(?<=:\/\/)[^/@]*(?=@)/, MASK) : value;

const cells = ({ variable, value, source }: Row): string[] => [
  variable,
  oneLine(value === null ? '-' : String(value)) || '-',
  source,
];

function routeLine({ repo, words, profile }: Route, index: number): string {
  const when = [
    repo === undefined ? [] : `repo ${repo}`,
    words === undefined ? [] : `words ${words.join(', ')}`,
  ].flat();
  return `  ${index + 1}. ${oneLine(when.join(' and '))}: ${oneLine(profile)}`;
}
