import { z } from 'zod';
import type { ForgeRepo } from './address.ts';
import { orAbsent, read, RepoPath, waitForFork } from './answers.ts';
import { findOrOpen } from './find-or-open.ts';
import type { Forge } from './forge.ts';
import { gitlabClient, type GitLabClient } from './gitlab-client.ts';
import { gitlabSteps } from './gitlab-merge-requests.ts';
import { failed, isRefusal, type ForgeScope, type RootedScope } from './http.ts';

const access = z.object({ access_level: z.number() }).nullish();
const Project = z.object({
  archived: z.boolean().default(false),
  permissions: z.object({ project_access: access, group_access: access }).optional(),
});
const Fork = z.object({
  id: z.number(),
  path_with_namespace: RepoPath,
  namespace: z.object({ full_path: z.string() }),
  import_status: z.string().optional(),
});
const User = z.object({ username: z.string() });
const Namespace = z.object({ id: z.number() });
/** From this access level on one may push. */
const DEVELOPER = 30;

/** A project on GitLab. */
export function gitlab(repo: ForgeRepo, token: string): Forge {
  const connect = (
    action: string,
    signal: AbortSignal | undefined,
    rejected: ForgeScope['rejected'] = 'forge_rejected',
  ): [GitLabClient, ForgeScope] => {
    const scope: RootedScope = { forge: 'GitLab', origin: repo.origin, root: repo.root, action, rejected, signal };
    return [gitlabClient(scope, token), scope];
  };
  return {
    kind: 'gitlab',
    gitCredentials: () => Promise.resolve(repo.web ? { username: 'oauth2', password: token } : undefined),
    canPush: async (signal) => {
      const [{ projects }, scope] = connect('look up the project', signal);
      const { archived, permissions } = read(Project, await projects.show(repo.path), scope);
      const levels = [permissions?.project_access, permissions?.group_access].map((level) => level?.access_level ?? 0);
      return Math.max(...levels) >= DEVELOPER && !archived;
    },
    fork: async (signal) => {
      const [client, scope] = connect('fork the project', signal);
      const fork = await forkOf(client, repo.path, scope);
      return { url: `${repo.root}/${fork.path_with_namespace}.git`, owner: fork.namespace.full_path };
    },
    createRepository: async (options, signal) => {
      const [client, scope] = connect('create the project', signal);
      return createIn(client, repo, options.private, scope);
    },
    findOrOpenPullRequest: async (plan, signal) => {
      const [client, scope] = connect('open the merge request', signal, 'pull_request_rejected');
      return findOrOpen(await gitlabSteps(client, repo.path, plan, scope), plan.base, scope);
    },
  };
}

async function forkOf(
  { projects, users }: GitLabClient,
  path: string,
  scope: ForgeScope,
): Promise<z.infer<typeof Fork>> {
  const { username } = read(User, await users.showCurrentUser(), scope);
  const forks = read(z.array(Fork), await projects.allForks(path, { owned: true }), scope);
  const existing = forks.find(({ namespace }) => namespace.full_path === username);
  const fork = existing ?? read(Fork, await projects.fork(path), scope);
  await waitForFork(scope, async () => {
    const { import_status: status = 'none' } = read(Fork, await projects.show(fork.id), scope);
    if (status === 'failed') throw failed(scope, 'forge_rejected', 'GitLab could not copy the commits into the fork.');
    return status === 'finished' || status === 'none';
  });
  return fork;
}

async function createIn(
  { projects, namespaces }: GitLabClient,
  { path, owner, name }: ForgeRepo,
  isPrivate: boolean,
  scope: ForgeScope,
): Promise<{ created: boolean }> {
  const exists = async (): Promise<boolean> => (await orAbsent(projects.show(path))) !== undefined;
  if (await exists()) return { created: false };
  const { id } = read(Namespace, await namespaces.show(owner), scope);
  const visibility = isPrivate ? 'private' : 'public';
  try {
    await projects.create({ name, path: name, namespaceId: id, visibility, initializeWithReadme: true });
    return { created: true };
  } catch (error) {
    if (isRefusal(error, 400, 409) && (await exists())) return { created: false };
    throw error;
  }
}
