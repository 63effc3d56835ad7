import { Failure } from '../contract/shared/failures.ts';
import { InvalidFile } from '../contract/shared/file-problem.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { loadPackages } from './load.ts';
import type { AgentPackage, Packages, PackageSettings } from './package.ts';

/** The packages, as loadPackages has them, with also the mistakes that `tryFiles` finds in their further files. */
export async function checkPackages(
  settings: PackageSettings,
  tryFiles: (profile: ResolvedProfile) => Promise<unknown>,
): Promise<Packages> {
  const { packages, problems } = await loadPackages(settings);
  const usable: AgentPackage[] = [];
  for (const found of packages) {
    try {
      await tryFiles(found.profile);
      usable.push(found);
    } catch (error) {
      if (!(error instanceof Failure) || error.type !== 'invalid_profile') throw error;
      const whole = { file: found.profile.files[0] ?? found.dir, line: null, field: '', message: error.message };
      problems.push({ package: found.name, ...(error instanceof InvalidFile ? error.problem : whole) });
    }
  }
  return { packages: usable, problems };
}
