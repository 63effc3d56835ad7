import type { Config } from '../config/index.ts';
import { Failure } from '../contract/shared/failures.ts';
import { trySigning, type KeyKind, type SigningKeys } from '../git/signing.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { fail, ok, type Check } from './check.ts';

/** The keys of the worker that sign commits. */
export const signingKeys = ({ sshSigningKey, gpgSigningKey, gpgHome }: Config): SigningKeys => ({
  sshKey: sshSigningKey,
  gpgKey: gpgSigningKey,
  gpgHome,
});

/** A sentence for each key that a setting names and that does not sign. */
export async function brokenKeys(config: Config): Promise<string[]> {
  const keys = signingKeys(config);
  const sentences = await Promise.all([
    keys.sshKey === undefined ? [] : problemOf('ssh', keys),
    keys.gpgKey === undefined ? [] : problemOf('gpg', keys),
  ]);
  return sentences.flat();
}

/** Whether there is a key that signs for each profile that wants one. */
export async function checkSigning(config: Config, profiles: readonly ResolvedProfile[]): Promise<Check[]> {
  const keys = signingKeys(config);
  const wanted = (kind: KeyKind): string[] =>
    profiles.filter(({ commits }) => commits.signing === kind).map(({ name }) => name);
  const checks = (['ssh', 'gpg'] as const).map(async (kind): Promise<Check[]> => {
    const names = wanted(kind);
    if (names.length === 0) return [];
    const name = `${kind} signing`;
    const [problem] = await problemOf(kind, keys);
    if (problem === undefined) return [ok(name, `the key signs commits for ${names.join(', ')}`)];
    return [fail(name, `${problem} These profiles need it: ${names.join(', ')}.`, 'Correct the key or its setting.')];
  });
  return (await Promise.all(checks)).flat();
}

const problemOf = (kind: KeyKind, keys: SigningKeys): Promise<string[]> =>
  trySigning(kind, keys).then(
    () => [],
    (error: unknown) => {
      if (error instanceof Failure) return [error.message];
      throw error;
    },
  );
