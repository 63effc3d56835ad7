import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './path-exists.ts';

interface Row {
  name: string;
  /** In the home directory. */
  root: string;
  /** Tells the tool where its root is; a worker that has it set may have the root anywhere. */
  variable?: string;
  /** Folders with programs in the root; `*` is any name. */
  programs: string[];
}

/**
 * What people install into their home directory. A variable is passed only where its tool does not have to write to the
 * root: package caches and credentials stay in the job's own home.
 */
const TOOLCHAINS: readonly Row[] = [
  { name: 'rustup', root: '.rustup', variable: 'RUSTUP_HOME', programs: [] },
  { name: 'cargo', root: '.cargo/bin', programs: ['.'] },
  { name: 'go', root: 'go', programs: ['bin'] },
  { name: 'nvm', root: '.nvm', variable: 'NVM_DIR', programs: ['versions/node/*/bin'] },
  { name: 'fnm', root: '.local/share/fnm', variable: 'FNM_DIR', programs: ['aliases/default/bin'] },
  { name: 'volta', root: '.volta', variable: 'VOLTA_HOME', programs: ['bin'] },
  { name: 'pnpm', root: '.local/share/pnpm', programs: ['.'] },
  { name: 'bun', root: '.bun', programs: ['bin'] },
  { name: 'deno', root: '.deno', programs: ['bin'] },
  { name: 'pyenv', root: '.pyenv', variable: 'PYENV_ROOT', programs: ['shims', 'bin'] },
  { name: 'uv', root: '.local/share/uv', programs: [] },
  { name: 'pipx', root: '.local/share/pipx', programs: [] },
  { name: 'rbenv', root: '.rbenv', variable: 'RBENV_ROOT', programs: ['shims', 'bin'] },
  { name: 'sdkman', root: '.sdkman', variable: 'SDKMAN_DIR', programs: ['candidates/*/current/bin'] },
  { name: 'dotnet', root: '.dotnet', variable: 'DOTNET_ROOT', programs: ['.', 'tools'] },
  { name: 'asdf', root: '.asdf', variable: 'ASDF_DATA_DIR', programs: ['shims', 'bin'] },
  { name: 'mise', root: '.local/share/mise', variable: 'MISE_DATA_DIR', programs: ['shims'] },
  { name: 'local', root: '.local/bin', programs: ['.'] },
];

/** Toolchains of this machine's user, for programs with another home directory. */
export interface Toolchains {
  /** For people. */
  names: string[];
  /** Directories that must be readable. */
  roots: string[];
  env: Record<string, string>;
  /** Directories with programs, to be searched after those of PATH. */
  path: string[];
}

/** The toolchains in `home`, or where the variables of `env` say that they are. */
export async function findToolchains(home: string, env: NodeJS.ProcessEnv): Promise<Toolchains> {
  const found: Toolchains = { names: [], roots: [], env: {}, path: [] };
  for (const { name, root, variable, programs } of TOOLCHAINS) {
    const place = (variable === undefined ? undefined : env[variable]) ?? join(home, root);
    if (!(await exists(place))) continue;
    found.names.push(name);
    found.roots.push(place);
    if (variable !== undefined) found.env[variable] = place;
    for (const pattern of programs) found.path.push(...(await expand(place, pattern.split('/'))));
  }
  const java = join(found.env.SDKMAN_DIR ?? home, 'candidates/java/current');
  if (env.JAVA_HOME === undefined && (await exists(java))) found.env.JAVA_HOME = java;
  return found;
}

/** The directories in `folder` that fit; of several versions the user's default is first, then the newest. */
async function expand(folder: string, [first, ...rest]: string[]): Promise<string[]> {
  if (first === undefined) return (await exists(folder)) ? [folder] : [];
  if (first !== '*') return expand(join(folder, first), rest);
  const names = await readdir(folder).catch((): string[] => []);
  names.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  const chosen = await defaultVersion(folder);
  const preferred = names.filter((name) => chosen !== undefined && `${name}.`.startsWith(`v${chosen}.`));
  const all = await Promise.all([...new Set([...preferred, ...names])].map((name) => expand(join(folder, name), rest)));
  return all.flat();
}

/** What nvm's alias `default` says, where that is a version such as `20` or `v20.19.1`. */
async function defaultVersion(versions: string): Promise<string | undefined> {
  const alias = await readFile(join(versions, '../../alias/default'), 'utf8').catch(() => '');
  return /^v?(\d+(?:\.\d+)*)\s*$/.exec(alias)?.[1];
}
