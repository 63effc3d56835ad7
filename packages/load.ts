import { Failure } from '../contract/shared/failures.ts';
import { describeProblem } from '../contract/shared/file-problem.ts';
import { findPackages } from './find.ts';
import type { AgentPackage, Packages, PackageSettings } from './package.ts';
import { rereadPackage } from './reread.ts';

/**
 * The packages as they stand in their files now, or only the one of a name. What is wrong with one hides no other.
 */
export async function loadPackages(settings: PackageSettings, only?: string): Promise<Packages> {
  const { places, problems } = await findPackages(settings);
  const wanted = places.filter(({ name }) => only === undefined || name === only);
  const read = await Promise.all(wanted.map((place) => rereadPackage(place, settings)));
  return {
    packages: read.flatMap((one) => one.found ?? []).sort((a, b) => (a.name < b.name ? -1 : 1)),
    problems: [...problems, ...read.flatMap((one) => one.problems)],
  };
}

/** The package `name`; throws `package_not_found`, or `invalid_package` with what is wrong with it. */
export function resolvePackage({ packages, problems }: Packages, name: string): AgentPackage {
  const found = packages.find((one) => one.name === name);
  if (found) return found;
  const own = problems.filter((problem) => problem.package === name);
  if (own.length > 0) throw new Failure('invalid_package', `${own.map(describeProblem).join('; ')}.`);
  const names = packages.map((one) => one.name).join(', ');
  throw new Failure('package_not_found', `There is no agent package "${name}". There are: ${names || 'none'}.`);
}
