import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRepoUrl, type RepoUrl } from '../../contract/http/repo-url.ts';
import type { PartMode } from '../../contract/shared/checkout-parts.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { Base } from '../../contract/workflow/job-spec.ts';
import { resolveBase } from '../../git/base.ts';
import type { CommitLimits } from '../../git/commit-size.ts';
import { baselinePatterns, showChangedSince } from '../../git/baseline.ts';
import { completeTrees } from '../../git/complete-trees.ts';
import { createCheckout } from '../../git/checkout.ts';
import { readCompletion } from '../../git/completion.ts';
import { confinedBy, type RunConfined } from '../../git/confined.ts';
import { commitChanges } from '../../git/commit.ts';
import type { Commit } from '../../contract/workflow/delivery.ts';
import { bringMirrorUpToDate, type LocalMirror } from '../../git/mirror.ts';
import type { Remotes } from '../../git/remotes.ts';
import { detectSandbox } from '../../processes/sandbox.ts';
import { startGitServer, type GitServer } from './git-server.ts';
import { createBareRepo, type Files } from './sample-repo.ts';

/** A folder for one test with everything the git layer needs; `path('x')` is below it. */
export interface GitWorld {
  root: string;
  path: (...parts: string[]) => string;
  remotes: Remotes;
  /** The address over HTTP of a repository in the world; its server is started when it is first asked for. */
  serve: (name?: string, options?: { token?: string | undefined }) => Promise<RepoUrl>;
  /** That server. */
  server: () => GitServer;
  stopServer: () => Promise<void>;
  dispose: () => Promise<void>;
}

export async function gitWorld(): Promise<GitWorld> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'git-world-')));
  const path = (...parts: string[]): string => join(root, ...parts);
  const remotes: Remotes = {
    reposRoot: path('repos'),
    credentialsFor: () => Promise.resolve(undefined),
    timeoutMs: 20_000,
  };
  let server: GitServer | undefined;
  const stopServer = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  return {
    ...{ root, path, remotes, stopServer },
    async serve(name = 'origin.git', { token } = {}) {
      server ??= await startGitServer(root, defined({ token }));
      return parseRepoUrl(server.url(name), { allowLocal: false, allowedHosts: [server.host] });
    },
    server() {
      if (server === undefined) throw new Error('nothing is served yet');
      return server;
    },
    async dispose() {
      await stopServer();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A bare repository in the world and its address as a local path. */
export async function localRepo(
  world: GitWorld,
  name = 'origin.git',
  options: { branch?: string; files?: Files | null } = {},
): Promise<RepoUrl> {
  await createBareRepo(world.path(name), options);
  return parseRepoUrl(world.path(name), { allowLocal: true, allowedHosts: [] });
}

/** A job's checkout of `repo`, as a job would have it before its agent starts. */
export async function jobCheckout(
  world: GitWorld,
  repo: RepoUrl,
  job = 'job',
): Promise<{ path: string; mirror: LocalMirror; base: Base; branch: string; repo: RepoUrl; remotes: Remotes }> {
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  const base = await resolveBase(mirror);
  if (base.sha !== null) await completeTrees(world.remotes, repo, [base.sha]);
  const path = world.path(job);
  const branch = `agenticore-${job}`;
  await createCheckout({
    path,
    mirrorDir: mirror.dir,
    repo,
    branch,
    base,
    author: { name: 'Agent', email: 'agent@example.invalid' },
  });
  return { path, mirror, base, branch, repo, remotes: world.remotes };
}

const AGENT = {
  GIT_AUTHOR_NAME: 'Agent',
  GIT_AUTHOR_EMAIL: 'agent@example.invalid',
  GIT_COMMITTER_NAME: 'Agent',
  GIT_COMMITTER_EMAIL: 'agent@example.invalid',
};

/** Addresses as a host checks them that may use local repositories and servers. */
export const worldRules = (address: string): RepoUrl =>
  parseRepoUrl(address, { allowLocal: true, allowedHosts: ['127.0.0.1'] });

const NO_LIMITS = { files: 0, megabytes: 0 };

/** The commit that is made of what an agent left in a checkout; in bubblewrap where it works. */
export const commitOf = async (
  { path, mirror, base, branch, repo, remotes }: Awaited<ReturnType<typeof jobCheckout>>,
  {
    message = 'leftovers',
    sandbox,
    limits = NO_LIMITS,
    lfs = 'auto',
  }: { message?: string; sandbox?: 'off' | 'required'; limits?: CommitLimits; lfs?: PartMode } = {},
): Promise<Commit> => {
  sandbox ??= (await detectSandbox()) ? 'required' : 'off';
  const scratch = `${path}.scratch`;
  const borrowed = readCompletion(path)?.submodules.map(({ mirrorDir }) => mirrorDir) ?? [];
  const confined = asAgent(path, sandbox, [mirror.dir, ...borrowed], [scratch]);
  const work = {
    path,
    mirrorDir: mirror.dir,
    base,
    branch,
    message,
    scratch,
    limits,
    ...{ repo, remotes, repoOf: worldRules, lfs },
    setUp: await baselinePatterns(path),
    bubblewrap: sandbox === 'required',
  };
  await showChangedSince(confined, path);
  return commitChanges(confined, work);
};

/**
 * Runs commands in `path` as an agent's commands run, with the supervisor alone or in bubblewrap, where of the rest
 * only `readable` is seen.
 */
export function asAgent(
  path: string,
  sandbox: 'off' | 'required' = 'off',
  readable: string[] = [],
  writable: string[] = [],
): RunConfined {
  const containment = {
    sandbox,
    writable: [path, ...writable],
    readable,
    hidden: [],
    network: false,
    directories: [path],
    missing: 'internal',
  } as const;
  return confinedBy(containment, { PATH: process.env.PATH ?? '', HOME: path, LC_ALL: 'C', ...AGENT }, `test-${path}`);
}
