import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { isOnPath } from '../processes/on-path.ts';
import type { Ran } from '../processes/run-program.ts';
import { tryGit, type GitOptions } from './git.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/** Whether files in Git LFS can be had on this host. */
export const hasGitLfs = (): Promise<boolean> => isOnPath('git-lfs');

/**
 * Where the objects of a repository are: its own LFS server, by the rule of Git LFS, whatever the repository says of
 * itself. Over ssh the server is asked for the address.
 */
function lfsUrl({ url, protocol }: RepoUrl): string {
  if (protocol === 'file') return `file://${encodeURI(url)}`;
  if (protocol === 'ssh') return url;
  return `${url.replace(/\.git$/, '')}.git/info/lfs`;
}

/**
 * Settings that leave nothing to the `.lfsconfig` of a repository; the one of another repository is never read for it.
 */
const sealed = (repo: RepoUrl): [string, string][] => [
  ['lfs.url', lfsUrl(repo)],
  ['lfs.pushurl', lfsUrl(repo)],
  ['lfs.fetchinclude', ''],
  ['lfs.fetchexclude', ''],
  ['lfs.locksverify', 'false'],
  // Whole steps are tried again.
  ['lfs.transfer.maxretries', '1'],
];

/** The filter of Git LFS, for the configuration of a checkout; an object that cannot be had leaves its pointer. */
export function filterConfig(repo: RepoUrl): string {
  const line = ([name, value]: [string, string]): string => {
    const [, section = '', , sub = '', key = ''] = /^(\w+)(\.(\w+))?\.(\w+)$/.exec(name) ?? [];
    return `[${section}${sub && ` "${sub}"`}]\n\t${key} = "${value.replace(/[\\"]/g, '\\$&')}"\n`;
  };
  const filter =
    '[filter "lfs"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge -- %f\n\tprocess = git-lfs filter-process\n\trequired = true\n';
  return filter + [...sealed(repo), ['lfs.skipdownloaderrors', 'true'] as [string, string]].map(line).join('');
}

/** The same for the git directory in which a commit is made: without a required filter what fails is seen later. */
export const commitFilterConfig = (storage: string): string =>
  `[filter "lfs"]\n\tclean = git-lfs clean -- %f\n\tprocess = git-lfs filter-process\n[lfs]\n\tstorage = "${storage.replace(/[\\"]/g, '\\$&')}"\n`;

interface LfsCall extends Pick<GitOptions, 'signal' | 'input'> {
  /** A git directory that no agent can write. */
  dir: string;
  remotes: Remotes;
  repo: RepoUrl;
  action: string;
}

// Git LFS 3.3 asks for ever where a server refuses what it is given: what was refused is not given again.
const HELPER = `!f() { if test "$1" = erase; then : >"$AGENTICORE_LFS_REFUSED"; fi; test "$1" = get && test ! -e "$AGENTICORE_LFS_REFUSED" && printf 'username=%s\\npassword=%s\\n' "$AGENTICORE_GIT_USERNAME" "$AGENTICORE_GIT_PASSWORD"; }; f`;

/** Runs `git lfs` against the server of a repository; answers why it failed, if it did. */
export async function callLfs(args: readonly string[], call: LfsCall): Promise<Failure | undefined> {
  const { dir, remotes, repo, action, signal, input } = call;
  const options = await remoteOptions(remotes, repo, action, signal);
  const aside = await mkdtemp(join(tmpdir(), 'agenticore-lfs-'));
  // The trace has the status of answers, which is said nowhere else.
  const trace = join(aside, 'trace');
  const helper = `credential.${options.credentials === undefined ? '' : new URL(repo.url).origin}.helper`;
  const credentials = options.credentials === undefined ? [] : [`${helper}=`, `${helper}=${HELPER}`];
  try {
    const ran = await tryGit(['--git-dir', dir, 'lfs', ...args], {
      ...options,
      config: [...(options.config ?? []), ...settingsOf(repo), ...credentials],
      ...(input !== undefined && { input }),
      // Its progress is the sign of life.
      env: { GIT_LFS_FORCE_PROGRESS: '1', GIT_TRACE: trace, AGENTICORE_LFS_REFUSED: join(aside, 'refused') },
    });
    return ran.code === 0 && !ran.timedOut ? undefined : explainLfs(ran, options, await statusIn(trace));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** The name by which Git LFS knows the server of the repository. */
export const LFS_REMOTE = 'lfs-server';

/** Settings of git for its LFS to speak to the server of `repo` alone. */
export const settingsOf = (repo: RepoUrl): string[] =>
  [...sealed(repo), [`remote.${LFS_REMOTE}.url`, lfsUrl(repo)]].map(([name, value]) => `${name}=${value}`);

type Cause = readonly [Failure['type'], string];

const FULL: Cause = ['disk_full', "The worker's disk is full; free space in its data directory."];
const SILENT: Cause = ['remote_unavailable', 'The LFS server of the repository does not answer.'];
const NO_RIGHT: Cause = [
  'repo_auth_failed',
  'The LFS server of the repository needs other credentials; check the token of its forge.',
];
const REFUSED: Cause = ['lfs_failed', 'The LFS server of the repository refused.'];

const NO_NETWORK = /dial tcp|connection re|i\/o timeout|TLS handshake|unexpected EOF|no such host/i;

function causeOf(said: string, status: number): Cause {
  if (/No space left on device|disk quota exceeded/i.test(said)) return FULL;
  if (NO_NETWORK.test(said)) return SILENT;
  if ([401, 403].includes(status) || said.includes('Permission denied')) return NO_RIGHT;
  return status === 429 || (status >= 500 && ![501, 507].includes(status)) ? SILENT : REFUSED;
}

/** The status of the last answer; 0 where there was none. */
async function statusIn(trace: string): Promise<number> {
  const text = await readFile(trace, 'utf8').catch(() => '');
  return Number([...text.matchAll(/trace git-lfs: HTTP: (\d{3})$/gm)].at(-1)?.[1] ?? 0);
}

/** Why a command of Git LFS failed. */
function explainLfs(ran: Ran, { action, timeoutMs = 0, credentials }: GitOptions, status: number): Failure {
  if (ran.timedOut)
    return new Failure(
      'remote_unavailable',
      `Could not ${action}. The LFS server was silent for ${Math.round(timeoutMs / 1000)} s.`,
    );
  const said = redact(ran.stderr, credentials === undefined ? [] : [credentials.password])
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !/^(fetch: |Errors logged|Use `git lfs logs)/.test(line))
    .join('\n');
  const [type, sentence] = causeOf(said, status);
  return new Failure(type, `Could not ${action}. ${sentence} git lfs says: ${said.trim().slice(-600)}`);
}
