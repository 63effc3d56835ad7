import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileKey, readConfigFile, type ConfigFile } from './file.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { Forges } from '../contract/http/forge-kind.ts';
import type { Route } from '../contract/http/profile-rule.ts';
import { DATA_DIR, namesOf, type Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';
import { syncedDir } from './synced.ts';
import { UNUSED } from './unused.ts';

type Values = {
  readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

/** All settings, checked. Frozen; it holds secrets, so it is never logged as a whole. */
export type Config = Values & {
  /** The TEMPORAL_* variables as they stand in the environment; temporal-config reads them. */
  readonly temporal: Readonly<Record<string, string>>;
  /** Which profile jobs get that name none; the first that fits counts. Only in config.yml. */
  readonly routes: readonly Route[];
  /** Which forge speaks at a host; only in config.yml. */
  readonly forges: Readonly<Forges>;
  /** Sentences about settings that are given and have no effect. */
  readonly warnings: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting as it counts, and why. */
export interface EffectiveSetting {
  setting: Setting<unknown>;
  value: unknown;
  source: 'environment' | 'config.yml' | 'default';
}

interface Everything {
  /** config.yml, whether it exists or not. */
  file: string;
  config: Config;
  settings: EffectiveSetting[];
}

/**
 * Every setting from the environment, else from `config.yml` in the data directory, else its default. An empty value
 * counts as not given. Throws one `invalid_config` with a sentence per problem, each naming the setting and its source.
 * `defaults` are those of a program that has others than the documented ones, by their variables.
 */
export const loadConfig = (env?: Environment, defaults?: Environment): Config => explainConfig(env, defaults).config;

/** The same, with where each value comes from. Throws like loadConfig. */
export function explainConfig(env: Environment = process.env, defaults: Environment = {}): Everything {
  const problems: string[] = [];
  const nothing: ConfigFile = { values: new Map(), routes: [], forges: {} };
  const dataDir = check(SETTINGS.dataDir, { env, file: nothing, defaults, dataDir: '' }, problems);
  const path = join(String(dataDir.value), 'config.yml');
  const file = dataDir.value === undefined ? nothing : readConfigFile(path, problems);
  const from = { env, file, defaults, dataDir: String(dataDir.value) };
  const named = Object.entries<Setting<unknown>>(SETTINGS).map(
    ([name, setting]) => [name, setting === SETTINGS.dataDir ? dataDir : check(setting, from, problems)] as const,
  );
  if (problems.length > 0) throw new Failure('invalid_config', problems.join('\n'));
  const temporal = Object.entries(env).filter(([name, value]) => name.startsWith('TEMPORAL_') && value);
  const config = Object.freeze({
    ...Object.fromEntries(named.map(([name, { value }]) => [name, value])),
    temporal: Object.freeze(Object.fromEntries(temporal)),
    routes: Object.freeze(file.routes),
    forges: Object.freeze(file.forges),
    warnings: Object.freeze([...withoutEffect(env, file), ...halfSet(named)]),
  }) as Config;
  return { file: path, config, settings: named.map(([, effective]) => effective) };
}

interface Sources {
  env: Environment;
  file: ConfigFile;
  defaults: Environment;
  dataDir: string;
}

/** The value is undefined where it is wrong. */
function check(
  setting: Setting<unknown>,
  { env, file, defaults, dataDir }: Sources,
  problems: string[],
): EffectiveSetting {
  const { schema } = setting;
  const fallback = defaults[setting.variable] ?? setting.fallback;
  const names = namesOf(setting);
  const inEnv = names.find((name) => valueOf(env, name) !== undefined);
  const inFile = names.find((name) => file.values.has(fileKey(name)));
  const source = inEnv !== undefined ? 'environment' : inFile !== undefined ? 'config.yml' : 'default';
  const variable = inEnv ?? inFile ?? setting.variable;
  const key = fileKey(variable);
  const text = valueOf(env, variable) ?? file.values.get(key) ?? fallback.replace(DATA_DIR, dataDir);
  const result = schema.safeParse(text);
  if (result.success) return { setting, value: result.data, source };
  const shown = setting.secret ? '' : `, not ${JSON.stringify(text)}`;
  const where = source === 'environment' ? `${variable} in the environment` : `${key} (${variable}) in config.yml`;
  problems.push(`${where} ${result.error.issues[0]?.message ?? 'is not valid'}${shown}: correct or remove it.`);
  return { setting, value: undefined, source };
}

function valueOf(env: Environment, variable: string): string | undefined {
  const value = env[variable]?.trim();
  return value === '' ? undefined : value;
}

/**
 * Variables of ours that are no settings of a server; and what Kubernetes says of a service that is called agenticore.
 */
const NO_SETTING = /^AGENTICORE_((URL|API_KEY|JOB|GIT_USERNAME|GIT_PASSWORD)$|(SERVICE|PORT)_)/;

/** A sentence for each setting that is given but cannot apply, and for each that does not exist. */
function withoutEffect(env: Environment, file: ConfigFile): string[] {
  const known = new Set([...Object.values<Setting<unknown>>(SETTINGS), ...UNUSED].flatMap(namesOf));
  const unknown = Object.keys(env).filter(
    (name) => /^(AGENTICORE|AGENTD)_/.test(name) && !known.has(name) && !NO_SETTING.test(name) && valueOf(env, name),
  );
  const unused = UNUSED.filter(
    ({ variable }) => valueOf(env, variable) !== undefined || file.values.has(fileKey(variable)),
  ).map(({ variable, about }) => `${variable} is set and has no effect. ${about}`);
  return [...unused, ...unknown.map((name) => `${name} is set and has no effect. ${whyUnknown(name)}`)];
}

/** Langfuse wants both of its keys. */
function halfSet(named: readonly (readonly [string, EffectiveSetting])[]): string[] {
  const keys = named.filter(([name]) => name === 'langfusePublicKey' || name === 'langfuseSecretKey');
  const [given, missing] = [true, false].map((isGiven) =>
    keys.find(([, { value }]) => (value !== undefined) === isGiven),
  );
  if (given === undefined || missing === undefined) return [];
  const [one, other] = [given[1].setting.variable, missing[1].setting.variable];
  return [`${one} is set without ${other}, so Langfuse gets no traces. Set both, or none.`];
}

const whyUnknown = (name: string): string =>
  name.startsWith('AGENTD_')
    ? 'Variables of such a name are for `agentd`: see `agentd --help`.'
    : 'It is not a setting; check its spelling.';

/** The installed package: where package.json, profiles/ and temporal-config/ lie, run from sources or from dist/. */
export const packageRoot = findPackageRoot(import.meta.dirname);

function findPackageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackageRoot(dirname(folder));
}

/**
 * Where profiles are looked for; of one name the last counts: bundled, those of agentihooks, those of a bundle, the
 * user's own.
 */
export function profileDirectories(config: Config): string[] {
  const { agentihooksPath, agentihooksUrl, bundleUrl, dataDir } = config;
  const shared = [
    ...(agentihooksPath === undefined ? [] : [agentihooksPath]),
    ...(agentihooksUrl === undefined ? [] : [syncedDir(config, 'agentihooks')]),
    ...(bundleUrl === undefined ? [] : [syncedDir(config, 'bundle')]),
  ];
  return [
    join(packageRoot, 'profiles'),
    ...shared.map((folder) => join(folder, 'profiles')),
    join(dataDir, 'profiles'),
  ];
}
