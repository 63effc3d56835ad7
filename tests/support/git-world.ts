import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRepoUrl, type RepoUrl } from '../../contract/http/repo-url.ts';
import type { Base } from '../../contract/workflow/job-spec.ts';
import { resolveBase } from '../../git/base.ts';
import { createCheckout } from '../../git/checkout.ts';
import { confinedBy } from '../../git/confined.ts';
import type { RunConfined } from '../../git/commit.ts';
import { bringMirrorUpToDate, type LocalMirror } from '../../git/mirror.ts';
import type { Remotes } from '../../git/remotes.ts';
import { createBareRepo, type Files } from './sample-repo.ts';

/** A folder for one test with everything the git layer needs; `path('x')` is below it. */
export interface GitWorld {
  root: string;
  path: (...parts: string[]) => string;
  remotes: Remotes;
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
  return { root, path, remotes, dispose: () => rm(root, { recursive: true, force: true }) };
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
): Promise<{ path: string; mirror: LocalMirror; base: Base; branch: string }> {
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  const base = await resolveBase(mirror);
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
  return { path, mirror, base, branch };
}

/**
 * Runs commands in `path` as an agent's commands run, with the supervisor alone or in bubblewrap, where of the rest
 * only `readable` is seen.
 */
export function asAgent(path: string, sandbox: 'off' | 'required' = 'off', readable: string[] = []): RunConfined {
  const containment = {
    sandbox,
    writable: [path],
    readable,
    hidden: [],
    network: false,
    directories: [path],
    missing: 'internal',
  } as const;
  return confinedBy(
    containment,
    { PATH: process.env.PATH ?? '', HOME: path, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
    `test-${path}`,
  );
}
