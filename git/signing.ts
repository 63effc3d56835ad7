import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../contract/workflow/commit-terms.ts';
import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import { git, tryGit, type GitOptions } from './git.ts';

/** The keys of the worker that sign commits. No agent may read them. */
export interface SigningKeys {
  /** File of an ssh private key. */
  sshKey: string | undefined;
  /** Id of a gpg key, which is in `gpgHome`. */
  gpgKey: string | undefined;
  gpgHome: string;
}

export type KeyKind = 'ssh' | 'gpg';

/** A commit to make in the delivery repository. */
export interface NewCommit {
  tree: string;
  parents: readonly string[];
  message: string;
  author: Person;
  /** As git writes it: seconds and time zone. */
  authorDate: string;
  committer: Person;
  committerDate: string;
}

/** How long a key may take: one that asks for a passphrase is asked for none. */
const LIMIT_MS = 60_000;

const VARIABLE = { ssh: 'AGENTICORE_SSH_SIGNING_KEY', gpg: 'AGENTICORE_GPG_SIGNING_KEY' } as const;

/**
 * Makes a commit in the bare repository `dir`, signed where a kind of key is named; answers its id. Fails
 * `signing_failed` with what git says of the key.
 */
export async function makeCommit(
  dir: string,
  commit: NewCommit,
  { kind, keys }: { kind?: KeyKind | undefined; keys: SigningKeys },
  signal?: AbortSignal,
): Promise<string> {
  const { author, authorDate, committer, committerDate } = commit;
  const key = kind === undefined ? undefined : keyOf(kind, keys);
  const options: GitOptions = {
    action: 'make the commit',
    signal,
    input: commit.message,
    timeoutMs: LIMIT_MS,
    config: key?.config ?? [],
    env: {
      ...key?.env,
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: `@${authorDate}`,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: `@${committerDate}`,
    },
  };
  const flags = kind === undefined ? [] : ['-S'];
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const args = ['--git-dir', dir, 'commit-tree', ...flags, ...parents, '-F', '-', commit.tree];
  if (kind === undefined) return (await git(args, options)).trim();
  const ran = await tryGit(args, options);
  if (ran.code === 0 && !ran.timedOut) return ran.stdout.trim();
  const said = ran.timedOut ? `it is not done after ${LIMIT_MS / 1_000} s` : redact(ran.stderr).trim().slice(-600);
  throw new Failure(
    'signing_failed',
    `The ${kind} key of the worker does not sign; ${VARIABLE[kind]} must name one without a passphrase. git says: ${said}`,
  );
}

/** Signs something with the key, for nobody; fails as `makeCommit` does. */
export async function trySigning(kind: KeyKind, keys: SigningKeys, signal?: AbortSignal): Promise<void> {
  keyOf(kind, keys);
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-signing-'));
  try {
    const options = { action: 'try the signing key', signal };
    await git(['init', '--bare', '--quiet', '--template=', dir], options);
    const tree = await git(['--git-dir', dir, 'hash-object', '-w', '-t', 'tree', '--stdin'], options);
    const person = { name: 'agenticore', email: 'agenticore@localhost' };
    const dates = { authorDate: '0 +0000', committerDate: '0 +0000' };
    const people = { author: person, committer: person };
    await makeCommit(
      dir,
      { tree: tree.trim(), parents: [], message: 'try', ...people, ...dates },
      { kind, keys },
      signal,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function keyOf(kind: KeyKind, keys: SigningKeys): Required<Pick<GitOptions, 'config' | 'env'>> {
  const key = kind === 'ssh' ? keys.sshKey : keys.gpgKey;
  if (key === undefined)
    throw new Failure('signing_failed', `The worker has no ${kind} key to sign commits with; set ${VARIABLE[kind]}.`);
  return kind === 'ssh'
    ? { config: ['gpg.format=ssh', 'gpg.ssh.program=ssh-keygen', `user.signingKey=${key}`], env: {} }
    : {
        config: ['gpg.format=openpgp', 'gpg.program=gpg', `user.signingKey=${key}`],
        env: { GNUPGHOME: keys.gpgHome },
      };
}
