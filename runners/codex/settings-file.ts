import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { Failure } from '../../contract/shared/failures.ts';
import { InvalidFile } from '../../contract/shared/file-problem.ts';
import { mergeJson, type JsonObject } from '../../contract/shared/merge-json.ts';
import { readRegular } from '../profile-files.ts';

/**
 * The config.toml of an agent: that of the base directory, on it Codex's own profile `name`, then those of the
 * profile's folders. Empty where there is none.
 */
export async function settingsText(
  folders: readonly string[],
  { baseDir, name }: { baseDir: string | undefined; name: string | undefined },
): Promise<string> {
  if (name !== undefined && baseDir === undefined)
    throw new Failure(
      'invalid_profile',
      `Codex's own profile ${name} cannot be found: set AGENTICORE_CODEX_CONFIG_DIR to the directory of ${name}.config.toml.`,
    );
  const base = baseDir === undefined ? [] : [await read(join(baseDir, 'config.toml'))];
  const named = baseDir === undefined || name === undefined ? [] : [await read(join(baseDir, `${name}.config.toml`))];
  if (named.includes(undefined))
    throw new Failure(
      'invalid_profile',
      `There is no ${name}.config.toml in ${baseDir}: correct the name of Codex's own profile.`,
    );
  const own = await Promise.all(folders.map((folder) => read(join(folder, '.codex', 'config.toml'))));
  const found = [...base, ...named, ...own].filter((settings) => settings !== undefined);
  return found.length === 0 ? '' : stringify(found.reduce(mergeJson));
}

async function read(path: string): Promise<JsonObject | undefined> {
  const file = await readRegular(path).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    return undefined;
  });
  if (file === undefined) return undefined;
  try {
    return parse(file.bytes.toString()) as JsonObject;
  } catch (error) {
    const line = error instanceof Error && 'line' in error ? Number(error.line) : null;
    throw new InvalidFile(path, line, 'is not TOML');
  }
}
