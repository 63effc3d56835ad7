import { z } from 'zod';
import { gitOrigin, type ForgeRepo } from './address.ts';
import { orAbsent, read, RepoPath, waitForFork } from './answers.ts';
import type { Forge } from './forge.ts';
import { asker, mint, type Ask, type GitHubAccess, type Minted } from './github-client.ts';
import { makeGitHubCommit } from './github-commits.ts';
import { githubSteps } from './github-pulls.ts';
import { failed, isRefusal, type ForgeScope } from './http.ts';
import { findOrOpen } from './find-or-open.ts';

const Repo = z.object({
  archived: z.boolean().default(false),
  permissions: z.object({ push: z.boolean(), pull: z.boolean().default(true) }).optional(),
});
const Fork = z.object({ full_name: RepoPath, owner: z.object({ login: z.string() }), default_branch: z.string() });
const User = z.object({ login: z.string() });

/** A repository on GitHub or GitHub Enterprise. */
export function github(repo: ForgeRepo, access: GitHubAccess): Forge {
  const { owner, name } = repo;
  const at = { owner, repo: name };
  const origin = new URL(access.apiUrl).origin;
  const scopeOf = (
    action: string,
    signal: AbortSignal | undefined,
    rejected: ForgeScope['rejected'] = 'forge_rejected',
  ): ForgeScope => ({
    forge: 'GitHub',
    origin,
    action,
    signal,
    rejected,
  });
  const connect = async (scope: ForgeScope, whom?: 'owner'): Promise<{ ask: Ask } & Minted> => {
    const minted = await mint(access, repo, scope, whom);
    return { ...minted, ask: asker(access.apiUrl, scope, `token ${minted.token}`) };
  };
  return {
    kind: 'github',
    gitCredentials: async (signal) => {
      if (!repo.web) return undefined;
      const { token } = await mint(access, repo, scopeOf('get a token for git', signal));
      return { username: 'x-access-token', password: token };
    },
    canPush: async (signal) => {
      const scope = scopeOf('look up the repository', signal);
      const { ask, permissions: granted } = await connect(scope);
      const { archived, permissions } = read(Repo, await ask('GET /repos/{owner}/{repo}', at), scope);
      if (archived) return false;
      // GitHub tells an App nothing of use about the repository; what it may do stands in its token.
      if (granted !== undefined) return granted.contents === 'write';
      // Who has just read it may pull: a block that denies it, as for a token of GitHub Actions, is about nobody.
      return permissions?.pull === true ? permissions.push : undefined;
    },
    fork: async (signal) => {
      const scope = scopeOf('fork the repository', signal);
      if (access.app !== undefined)
        throw failed(
          scope,
          'forge_auth_failed',
          'A GitHub App cannot own forks; give it write access to the repository.',
        );
      const { ask } = await connect(scope);
      return forkOf(ask, at, scope, gitOrigin(access.apiUrl));
    },
    createRepository: async (options, signal) => {
      const scope = scopeOf('create the repository', signal);
      const { ask } = await connect(scope, 'owner');
      return createIn(ask, at, { ...options, app: access.app !== undefined }, scope);
    },
    ...(access.app !== undefined && {
      makeCommit: async (commit, signal) => {
        const scope = scopeOf('make the commits', signal, 'signing_failed');
        const { ask } = await connect(scope);
        return makeGitHubCommit(ask, at, commit, scope);
      },
    }),
    findOrOpenPullRequest: async (plan, signal) => {
      const scope = scopeOf('open the pull request', signal, 'pull_request_rejected');
      const { ask } = await connect(scope);
      return findOrOpen(githubSteps(ask, at, plan, scope), plan.base, scope);
    },
  };
}

interface At {
  owner: string;
  repo: string;
}

// GitHub gives the fork that is there, and makes one in the background otherwise.
async function forkOf(ask: Ask, at: At, scope: ForgeScope, web: string): Promise<{ url: string; owner: string }> {
  const made = await ask('POST /repos/{owner}/{repo}/forks', { ...at, default_branch_only: false });
  const fork = read(Fork, made, scope);
  const [owner, repo] = fork.full_name.split('/');
  const branch = fork.default_branch;
  await waitForFork(
    scope,
    async () =>
      (await orAbsent(ask('GET /repos/{owner}/{repo}/branches/{branch}', { owner, repo, branch }))) !== undefined,
  );
  return { url: `${web}/${fork.full_name}.git`, owner: fork.owner.login };
}

async function createIn(
  ask: Ask,
  at: At,
  { private: isPrivate, app }: { private: boolean; app: boolean },
  scope: ForgeScope,
): Promise<{ created: boolean }> {
  const exists = async (): Promise<boolean> =>
    (await orAbsent(ask('GET /repos/{owner}/{repo}', { ...at }))) !== undefined;
  if (await exists()) return { created: false };
  const own = !app && read(User, await ask('GET /user'), scope).login.toLowerCase() === at.owner.toLowerCase();
  const wish = { name: at.repo, private: isPrivate, auto_init: true };
  try {
    await (own ? ask('POST /user/repos', wish) : ask('POST /orgs/{org}/repos', { org: at.owner, ...wish }));
    return { created: true };
  } catch (error) {
    if (isRefusal(error, 422) && (await exists())) return { created: false };
    throw error;
  }
}
