import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { flatten } from './sections.ts';
import { Forges } from '../contract/http/forge-kind.ts';
import { Route } from '../contract/http/profile-rule.ts';
import { fieldIssues, readYaml, type YamlText } from '../contract/http/yaml-text.ts';
import { namesOf, type Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';
import { UNUSED } from './unused.ts';

/** The content of config.yml. */
export interface ConfigFile {
  /** Values as text, by their name in the file. */
  values: ReadonlyMap<string, string>;
  routes: readonly Route[];
  forges: Forges;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()], {
  error: 'must be simple: lines like `port: 8200` are all that is known here',
});
const FileSchema = z
  .object(
    { routes: z.array(Route).max(1_000).nullish(), forges: Forges.nullish() },
    { error: 'must be simple: lines like `port: 8200`' },
  )
  .catchall(scalar);

/** How a variable is called in config.yml. */
export function fileKey(variable: string): string {
  return variable.replace(/^AGENTICORE_/, '').toLowerCase();
}

/**
 * Reads `file`, which need not exist; a sentence for each thing that is wrong is added to `problems`, with file and
 * line.
 */
export function readConfigFile(file: string, problems: string[]): ConfigFile {
  const nothing: ConfigFile = { values: new Map(), routes: [], forges: {} };
  if (!existsSync(file)) return nothing;
  const yaml = readText(file, problems);
  if (yaml === undefined) return nothing;
  const at = (path: PropertyKey[]): string => place(file, yaml.lineOf(path));
  const { values, clashes } = flatten(yaml.value ?? {});
  problems.push(...clashes.map(({ path, message }) => `${at(path)}: ${path.join('.')} ${message}.`));
  const parsed = FileSchema.safeParse(values);
  if (!parsed.success) {
    const issues = fieldIssues(parsed.error, () => 'is not a field of a route');
    problems.push(...issues.map(({ path, message }) => `${at(path)}: ${nameOf(path)}${message}: correct it.`));
    return nothing;
  }
  const { routes, forges, ...rest } = parsed.data;
  problems.push(...Object.keys(rest).flatMap((key) => strangeness(key, at([key]))));
  const given = Object.entries(rest).filter(([, value]) => value !== null && value !== '');
  return {
    values: new Map(given.map(([key, value]) => [key, String(value)])),
    routes: routes ?? [],
    forges: forges ?? {},
  };
}

function readText(file: string, problems: string[]): YamlText | undefined {
  try {
    const yaml = readYaml(readFileSync(file, 'utf8'));
    problems.push(
      ...yaml.mistakes.map(({ line, message }) => `${place(file, line)} ${message}: correct or remove it.`),
    );
    return yaml.mistakes.length > 0 ? undefined : yaml;
  } catch (error) {
    problems.push(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}): correct it.`);
    return undefined;
  }
}

/** Why a key cannot stand in the file. */
function strangeness(key: string, at: string): string[] {
  const dataDir = SETTINGS.dataDir.variable;
  if (key === fileKey(dataDir))
    return [`${at}: ${key} cannot be set in a file inside that directory: set ${dataDir} in the environment.`];
  const keys = Object.values<Setting<unknown>>(SETTINGS).flatMap(namesOf).map(fileKey);
  if ([...keys, ...UNUSED.map(({ variable }) => fileKey(variable))].includes(key)) return [];
  return [
    `${at}: ${key} is not a setting: correct or remove it. Settings are: ${[...keys, 'routes', 'forges'].join(', ')}.`,
  ];
}

const place = (file: string, line: number | null): string => (line === null ? file : `${file}:${line}`);

/** Which field is meant, before what is wrong with it; rules are counted from 1, as a job's record counts them. */
function nameOf(path: PropertyKey[]): string {
  const [list, index, ...rest] = path;
  const words = list === 'routes' && typeof index === 'number' ? [`rule ${index + 1} of routes:`, ...rest] : path;
  return words.map((word) => `${String(word)} `).join('');
}
