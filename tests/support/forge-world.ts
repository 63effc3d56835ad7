import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBareRepo, plainGit, type Files } from './sample-repo.ts';
import type { Script } from './model/scripted-model.ts';
import { startGitea } from './forges/gitea.ts';
import { startGitHub, type GitHubStandIn } from './forges/github.ts';
import { startGitLab } from './forges/gitlab.ts';
import type { StandIn } from './forges/stand-in.ts';
import type { ForgeState } from './forges/state.ts';
import { acceptPushes, startGitServer, type GitServer } from './git-server.ts';
import { createWorld, type World } from './world.ts';

/** A world whose repository is on a forge: git over HTTP that wants a token, and the forge's API, at one address. */
export interface ForgeWorld<Forge extends StandIn = StandIn> extends World {
  forge: Forge;
  git: GitServer;
  /** Address of a repository of the forge. */
  url: (path?: string) => string;
  /** The bare repository itself. */
  dirOf: (path?: string) => string;
  /** Subjects of the commits that a branch of the repository has on top of main, newest first. */
  log: (branch: string, path?: string) => Promise<string[]>;
}

interface Options {
  script?: Script;
  env?: Record<string, string>;
  /** What is in the repository. */
  files?: Files;
  /** What the forge takes as the token of a user. */
  token?: string;
  /** The product has an embedded Temporal. */
  embedded?: boolean;
}

const TOKEN = 'user-token';
const START = { github: startGitHub, gitlab: startGitLab, gitea: startGitea };

/** A world with a forge of that kind, and a token for it. */
export async function createForgeWorld(kind: keyof typeof START, options: Options = {}): Promise<ForgeWorld> {
  const { token = TOKEN, env } = options;
  const opened = await openForge<StandIn & { knownTokens: Set<string> }>(START[kind], options.files);
  opened.forge.knownTokens.add(token);
  return onForge(opened, { ...options, env: { [`${kind.toUpperCase()}_TOKEN`]: token, ...env } }, kind);
}

/** A world with GitHub, and a GitHub App in place of a token; the tokens that are made for it begin with `minting`. */
export async function createAppWorld({ minting, ...options }: Options & { minting?: string } = {}): Promise<
  ForgeWorld<GitHubStandIn>
> {
  const opened = await openForge(({ git, root }) => startGitHub({ git, root, ...(minting && { minting }) }));
  const { appId, privateKey } = opened.forge.app;
  const app = { GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey };
  return onForge(opened, { ...options, env: { ...app, ...options.env } }, 'github');
}

interface Opened<Forge> {
  root: string;
  git: GitServer;
  forge: Forge;
}

async function openForge<Forge extends StandIn>(
  start: (options: { git: string; root: string }) => Promise<Forge>,
  files?: Files,
): Promise<Opened<Forge>> {
  const root = await mkdtemp(join(tmpdir(), 'agenticore-forge-'));
  const git = await startGitServer(root);
  const forge = await start({ git: git.host, root });
  await createBareRepo(join(root, 'acme', 'app.git'), files === undefined ? {} : { files });
  await acceptPushes(join(root, 'acme', 'app.git'));
  keepInGit(forge.state, root);
  return { root, git, forge };
}

async function onForge<Forge extends StandIn>(
  { root, git, forge }: Opened<Forge>,
  { script, env = {}, embedded = false }: Options,
  kind: keyof typeof START,
): Promise<ForgeWorld<Forge>> {
  const reach = { AGENTICORE_ALLOWED_REPO_HOSTS: forge.host, GITHUB_API_URL: `${forge.origin}/api/v3` };
  const github = kind === 'github' ? reach : { AGENTICORE_ALLOWED_REPO_HOSTS: forge.host };
  const world = await createWorld({ ...(script && { script }), embedded, env: { ...github, ...env } });
  await mkdir(join(world.dir, 'data'), { recursive: true });
  await writeFile(join(world.dir, 'data', 'config.yml'), `forges:\n  '${forge.host}': ${kind}\n`);
  const dirOf = (path = 'acme/app'): string => join(root, `${path}.git`);
  return {
    ...world,
    forge,
    git,
    dirOf,
    url: (path = 'acme/app') => `${forge.origin}/${path}.git`,
    log: async (branch, path) => {
      const subjects = await plainGit(dirOf(path), 'log', '--format=%s', `main..${branch}`);
      return subjects === '' ? [] : subjects.split('\n');
    },
    end: async () => {
      await world.end();
      await forge.close();
      await git.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Makes what the forge remembers of branches what git has, and gives each repository that the forge makes to git. */
function keepInGit(state: ForgeState, root: string): void {
  const add = state.add.bind(state);
  const dirOf = (path: string): string => join(root, `${path}.git`);
  state.add = (path, given = {}) => {
    const dir = dirOf(path);
    if (!existsSync(dir)) makeRepository(dir, given.forkOf === undefined ? dirOf('acme/app') : dirOf(given.forkOf));
    return add(path, { ...given, branches: new Branches(dir) });
  };
  for (const repo of state.repos) repo.branches = new Branches(dirOf(repo.path));
}

/** A bare copy of another repository; stands for the first commit of a new one, too. */
function makeRepository(dir: string, source: string): void {
  mkdirSync(dir, { recursive: true });
  const git = (...args: string[]): void => void execFileSync('git', args, { stdio: 'ignore' });
  git('clone', '--bare', '--quiet', '--branch', 'main', '--single-branch', source, dir);
  git('--git-dir', dir, 'config', 'http.receivepack', 'true');
}

/** Branches and their commits as a bare repository has them at the moment. */
class Branches extends Map<string, string> {
  readonly #dir: string;

  constructor(dir: string) {
    super();
    this.#dir = dir;
  }

  override get(branch: string): string | undefined {
    try {
      const args = ['--git-dir', this.#dir, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
      return execFileSync('git', args, { encoding: 'utf8' }).trim();
    } catch {
      return undefined;
    }
  }
}
