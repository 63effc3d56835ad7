import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Failure } from './contract/failures.ts';
import { DATA_DIR, SETTINGS, type Setting } from './settings.ts';

type Values = {
  readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

/** All settings, checked. Frozen; it holds secrets, so it is never logged as a whole. */
export type Config = Values & {
  /** The TEMPORAL_* variables as they stand in the environment; temporal-config reads them. */
  readonly temporal: Readonly<Record<string, string>>;
};

type Environment = Readonly<Record<string, string | undefined>>;
type FileValues = ReadonlyMap<string, string>;

/**
 * Every setting from the environment, else from `config.yml` in the data directory, else its default. An empty value
 * counts as not given. Throws one `invalid_config` with a sentence per problem, each naming the setting and its source.
 */
export function loadConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const dataDir = check(SETTINGS.dataDir, env, new Map(), '', problems);
  const file = dataDir === undefined ? new Map<string, string>() : readFile(join(dataDir, 'config.yml'), problems);
  const values = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => [
    name,
    setting === SETTINGS.dataDir ? dataDir : check(setting, env, file, dataDir ?? '', problems),
  ]);
  if (problems.length > 0) throw new Failure('invalid_config', problems.join('\n'));
  const temporal = Object.entries(env).filter(([name, value]) => name.startsWith('TEMPORAL_') && value);
  return Object.freeze({
    ...Object.fromEntries(values),
    temporal: Object.freeze(Object.fromEntries(temporal)),
  }) as Config;
}

function check<T>(
  setting: Setting<T>,
  env: Environment,
  file: FileValues,
  dataDir: string,
  problems: string[],
): T | undefined {
  const { variable, schema, fallback } = setting;
  const given = env[variable]?.trim() ?? '';
  const [value, source] =
    given !== ''
      ? [given, `${variable} in the environment`]
      : [
          file.get(fileKey(variable)) ?? fallback.replace(DATA_DIR, dataDir),
          `${fileKey(variable)} (${variable}) in config.yml`,
        ];
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const shown = setting.secret ? '' : `, not ${JSON.stringify(value)}`;
  problems.push(`${source} ${result.error.issues[0]?.message ?? 'is not valid'}${shown}: correct or remove it.`);
  return undefined;
}

/** How a variable is called in config.yml. */
function fileKey(variable: string): string {
  return variable.replace(/^AGENTICORE_/, '').toLowerCase();
}

const FileSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]));

function readFile(file: string, problems: string[]): FileValues {
  if (!existsSync(file)) return new Map();
  try {
    const parsed = FileSchema.safeParse(parse(readFileSync(file, 'utf8')) ?? {});
    if (parsed.success) return known(Object.entries(parsed.data), file, problems);
    const where = parsed.error.issues[0]?.path.join('.');
    problems.push(
      `${where ? `${where} in ` : ''}${file} must be simple: lines like \`port: 8200\` are all it may have.`,
    );
  } catch (error) {
    problems.push(`${file} cannot be read as YAML: correct or remove it (${String(error).split('\n')[0] ?? ''}).`);
  }
  return new Map();
}

function known(entries: [string, unknown][], file: string, problems: string[]): FileValues {
  const keys = Object.values<Setting<unknown>>(SETTINGS).map((setting) => fileKey(setting.variable));
  for (const [key] of entries) {
    if (key === fileKey(SETTINGS.dataDir.variable))
      problems.push(`${key} cannot stand in ${file}, which lies in that directory: set ${SETTINGS.dataDir.variable}.`);
    else if (!keys.includes(key))
      problems.push(`${key} in ${file} is not a setting: correct or remove it. Settings are: ${keys.join(', ')}.`);
  }
  return new Map(
    entries.filter(([, value]) => value !== null && value !== '').map(([key, value]) => [key, String(value)]),
  );
}

/** The installed package: where package.json, profiles/ and temporal-config/ lie, run from sources or from dist/. */
export const packageRoot = findPackageRoot(import.meta.dirname);

function findPackageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackageRoot(dirname(folder));
}

/** Where profiles are looked for; of one name the last counts: bundled, those of agentihooks, the user's own. */
export function profileDirectories({ agentihooksPath, dataDir }: Config): string[] {
  const shared = agentihooksPath === undefined ? [] : [join(agentihooksPath, 'profiles')];
  return [join(packageRoot, 'profiles'), ...shared, join(dataDir, 'profiles')];
}
