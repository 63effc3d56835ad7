import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import { packageSettings } from '../config/package-settings.ts';
import { SYNC_TARGETS, syncedDir, type SyncTarget } from '../config/synced.ts';
import { parseRepoUrl } from '../contract/http/repo-url.ts';
import type { SyncOutcomes } from '../contract/http/sync.ts';
import { Failure } from '../contract/shared/failures.ts';
import { describeProblem } from '../contract/shared/file-problem.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { forgeOf } from '../forges/forge-of.ts';
import type { Remotes } from '../git/remotes.ts';
import { checkPackages } from '../packages/check.ts';
import { loadPackages } from '../packages/load.ts';
import { runBootstrap, runStartUp } from '../packages/start-up.ts';
import { syncRepository, type SyncedRepository } from '../packages/sync.ts';
import { exists } from '../processes/path-exists.ts';
import { loadProfiles } from '../profiles/load.ts';
import { createAgents } from '../runners/agents.ts';
import { tryProfile } from '../runners/try-profile.ts';
import { forgeSettings } from './forge-settings.ts';

/** What this process fetches from repositories: profiles and agent packages. */
export class Content {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #ending = new AbortController();
  /** Versions of packages whose start-up scripts have run here, by name. */
  readonly #begun = new Map<string, string>();
  #isHost = false;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /**
   * Fetches what is configured, and waits for what was never fetched before; with `isHost` then runs the start-up
   * scripts of the packages.
   */
  async start(isHost: boolean): Promise<void> {
    this.#isHost = isHost && this.#config.agentMode;
    const isNew = await Promise.all(
      SYNC_TARGETS.map(async (target) => !(await exists(syncedDir(this.#config, target)))),
    );
    await this.sync(SYNC_TARGETS.filter((_target, index) => isNew[index]));
    void this.sync(SYNC_TARGETS.filter((_target, index) => !isNew[index]));
    const { bootstrapScript } = this.#config;
    if (this.#isHost && bootstrapScript !== undefined)
      await runBootstrap(bootstrapScript, { env: process.env, log: this.#log });
    await this.#begin();
  }

  stop(): void {
    this.#ending.abort(new Failure('cancelled', 'The process ends.'));
  }

  /** Fetches `targets`. What cannot be fetched, or is wrong, is logged and told; what was in use stays. */
  async sync(targets: readonly SyncTarget[]): Promise<SyncOutcomes> {
    const problems: string[] = [];
    const outcomes = await Promise.all(
      targets.map(async (target) => {
        const outcome = await this.#syncOne(target).catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          this.#log.warn({ target }, `could not sync: ${message}`);
          problems.push(`${target}: ${message}`);
          return 'error' as const;
        });
        return [target, outcome] as const;
      }),
    );
    if (this.#begun.size > 0) await this.#begin();
    return { ...(Object.fromEntries(outcomes) as Omit<SyncOutcomes, 'problems'>), problems };
  }

  async #syncOne(target: SyncTarget): Promise<'ok' | 'skipped'> {
    const { url, branch } = sourceOf(this.#config, target);
    if (url === undefined) return 'skipped';
    const { allowLocalRepos: allowLocal, allowedRepoHosts: allowedHosts } = this.#config;
    const repo = parseRepoUrl(url, { allowLocal, allowedHosts });
    const what = { current: syncedDir(this.#config, target), repo, branch, check: this.#checkOf(target) };
    const sha = await syncRepository(remotesFor(this.#config), what, this.#ending.signal);
    this.#log.info({ target, sha }, 'synced');
    return 'ok';
  }

  #checkOf(target: SyncTarget): SyncedRepository['check'] {
    const { defaultAgent } = this.#config;
    const agents = createAgents(this.#config);
    if (target === 'bundle' || target === 'agentihooks')
      return async (dir) => {
        const { profiles, problems } = await loadProfiles([join(dir, 'profiles')], defaultAgent);
        const told = problems.map((problem) => ({ name: problem.profile, text: describeProblem(problem) }));
        return { usable: profiles.map(({ name }) => name), problems: told };
      };
    const settings = packageSettings(this.#config);
    const name = settings.folders.find((folder) => folder.dir === syncedDir(this.#config, target))?.name ?? target;
    return async (dir) => {
      const only = { ...settings, folders: [{ dir, name }] };
      const { packages, problems } = await checkPackages(only, (profile) => tryProfile(agents, profile));
      const told = problems.map((problem) => ({ name: problem.package, text: describeProblem(problem) }));
      return { usable: packages.map((one) => one.name), problems: told };
    };
  }

  /** Runs the start-up scripts of packages that are new here, or have changed. */
  async #begin(): Promise<void> {
    if (!this.#isHost) return;
    const { packages, problems } = await loadPackages(packageSettings(this.#config));
    for (const problem of problems) this.#log.warn({ package: problem.package }, describeProblem(problem));
    for (const found of packages) {
      if (this.#begun.get(found.name) === found.version) continue;
      this.#begun.set(found.name, found.version);
      await runStartUp(found, { env: process.env, log: this.#log });
    }
  }
}

function sourceOf(config: Config, target: SyncTarget): { url: string | undefined; branch: string | undefined } {
  const { packageRepoUrl, packageRepoBranch, agentihubUrl, agentihubBranch } = config;
  const { agentihooksUrl, agentihooksBranch, bundleUrl, bundleBranch } = config;
  return {
    package: { url: packageRepoUrl, branch: packageRepoBranch },
    agentihub: { url: agentihubUrl, branch: agentihubBranch },
    agentihooks: { url: agentihooksUrl, branch: agentihooksBranch },
    bundle: { url: bundleUrl, branch: bundleBranch },
  }[target];
}

function remotesFor(config: Config): Remotes {
  const forges = forgeSettings(config);
  return { reposRoot: config.reposRoot, credentialsFor: async (repo) => forgeOf(repo, forges)?.gitCredentials() };
}
