import { z } from 'zod';
import type { ForgeRepo } from './address.ts';
import { orAbsent, read, RepoPath } from './answers.ts';
import { findOrOpen } from './find-or-open.ts';
import type { Forge } from './forge.ts';
import { giteaCaller, listAll, type Call } from './gitea-client.ts';
import { giteaSteps } from './gitea-pulls.ts';
import { isRefusal, type ForgeScope, type RootedScope } from './http.ts';

const Repo = z.object({
  full_name: RepoPath,
  owner: z.object({ login: z.string() }),
  archived: z.boolean().default(false),
  permissions: z.object({ push: z.boolean(), pull: z.boolean().default(true) }).optional(),
});
const User = z.object({ login: z.string() });

/** A repository on Gitea or Forgejo. */
export function gitea(repo: ForgeRepo, token: string): Forge {
  const at = `/repos/${encodeURIComponent(repo.owner)}/${encodeURIComponent(repo.name)}`;
  const connect = (
    action: string,
    signal: AbortSignal | undefined,
    rejected: ForgeScope['rejected'] = 'forge_rejected',
  ): [Call, ForgeScope] => {
    const scope: RootedScope = { forge: 'Gitea', origin: repo.origin, root: repo.root, action, rejected, signal };
    return [giteaCaller(scope, token), scope];
  };
  return {
    kind: 'gitea',
    // Gitea looks at the password alone when that is a token.
    gitCredentials: () => Promise.resolve(repo.web ? { username: 'oauth2', password: token } : undefined),
    canPush: async (signal) => {
      const [call, scope] = connect('look up the repository', signal);
      const { archived, permissions } = read(Repo, await call('GET', at), scope);
      if (archived) return false;
      return permissions?.pull === true ? permissions.push : undefined;
    },
    fork: async (signal) => {
      const [call, scope] = connect('fork the repository', signal);
      const { full_name: path, owner } = await forkOf(call, at, scope);
      return { url: `${repo.root}/${path}.git`, owner: owner.login };
    },
    createRepository: async (options, signal) => {
      const [call, scope] = connect('create the repository', signal);
      return createIn(call, repo, at, options.private, scope);
    },
    findOrOpenPullRequest: async (plan, signal) => {
      const [call, scope] = connect('open the pull request', signal, 'pull_request_rejected');
      return findOrOpen(giteaSteps(call, repo, plan, scope), plan.base, scope);
    },
  };
}

async function forkOf(call: Call, at: string, scope: ForgeScope): Promise<z.infer<typeof Repo>> {
  try {
    return read(Repo, await call('POST', `${at}/forks`, {}), scope);
  } catch (error) {
    if (!isRefusal(error, 409)) throw error;
    const me = read(User, await call('GET', '/user'), scope).login;
    const existing = (await listAll(call, `${at}/forks`, Repo, scope)).find(({ owner }) => owner.login === me);
    if (existing === undefined) throw error;
    return existing;
  }
}

async function createIn(
  call: Call,
  { owner, name }: ForgeRepo,
  at: string,
  isPrivate: boolean,
  scope: ForgeScope,
): Promise<{ created: boolean }> {
  if ((await orAbsent(call('GET', at))) !== undefined) return { created: false };
  const own = read(User, await call('GET', '/user'), scope).login.toLowerCase() === owner.toLowerCase();
  try {
    const path = own ? '/user/repos' : `/orgs/${encodeURIComponent(owner)}/repos`;
    await call('POST', path, { name, private: isPrivate, auto_init: true });
    return { created: true };
  } catch (error) {
    if (isRefusal(error, 409) && (await orAbsent(call('GET', at))) !== undefined) return { created: false };
    throw error;
  }
}
