import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PackageFolder, PackageProblem, PackageSettings } from './package.ts';

/** A folder with a package, and the name of the model. */
export interface PackagePlace {
  name: string;
  dir: string;
  isBundled: boolean;
}

interface Found {
  places: PackagePlace[];
  problems: PackageProblem[];
}

/** Any of them makes a folder a package. */
const PARTS = ['system.md', 'CLAUDE.md', 'command.yml', '.mcp.json', '.claude'];

/** The places of all packages. A folder without a package is a problem, as is the second of one name. */
export async function findPackages(settings: PackageSettings): Promise<Found> {
  const { folders, bundled, agent } = settings;
  const own = await Promise.all(folders.map((folder) => findIn(folder, agent)));
  const all = folders.length === 0 ? [await findIn({ dir: bundled }, undefined)] : own;
  const places = new Map<string, PackagePlace>();
  const problems = all.flatMap((found) => found.problems);
  for (const place of all.flatMap((found) => found.places)) {
    const first = places.get(place.name);
    if (first === undefined) places.set(place.name, { ...place, isBundled: folders.length === 0 });
    else if (first.dir !== place.dir)
      problems.push(problemOf(place.name, place.dir, `is not served: ${first.dir} has the same name`));
  }
  return { places: [...places.values()], problems };
}

/** The packages of a hub; else the one in `package/`; else the folder itself. */
async function findIn({ dir: folder, name: given }: PackageFolder, agent: string | undefined): Promise<Found> {
  const real = await realpath(folder).catch(() => undefined);
  const name = agent ?? given ?? nameOf(folder);
  if (real === undefined) return { places: [], problems: [problemOf(name, folder, 'does not exist')] };
  const hub = await hubIn(real);
  if (hub.length > 0) return chosen(real, hub, agent);
  const inside = join(real, 'package');
  const dir = (await isPackage(inside)) ? inside : real;
  if (await isPackage(dir)) return { places: [{ name, dir, isBundled: false }], problems: [] };
  return { places: [], problems: [problemOf(name, real, 'has no system.md, CLAUDE.md or command.yml')] };
}

async function hubIn(folder: string): Promise<PackagePlace[]> {
  const agents = join(folder, 'agents');
  const names = (await readdir(agents).catch((): string[] => [])).filter((name) => !name.startsWith('.')).sort();
  const places = names.map((name) => ({ name, dir: join(agents, name, 'package'), isBundled: false }));
  const there = await Promise.all(places.map(({ dir }) => isPackage(dir)));
  return places.filter((_place, index) => there[index]);
}

function chosen(hub: string, places: PackagePlace[], agent: string | undefined): Found {
  if (agent === undefined) return { places, problems: [] };
  const one = places.filter(({ name }) => name === agent);
  const names = places.map(({ name }) => name).join(', ');
  return {
    places: one,
    problems: one.length > 0 ? [] : [problemOf(agent, hub, `has no agent "${agent}"; it has: ${names}`)],
  };
}

/** `agents/<name>/package` is called like the folder around it. */
const nameOf = (folder: string): string =>
  basename(folder) === 'package' ? basename(dirname(folder)) : basename(folder);

async function isPackage(dir: string): Promise<boolean> {
  const parts = await Promise.all(PARTS.map((part) => stat(join(dir, part)).catch(() => null)));
  return parts.some((part) => part !== null);
}

const problemOf = (name: string, file: string, message: string): PackageProblem => ({
  package: name,
  file,
  line: null,
  field: '',
  message,
});
