import { z } from 'zod';
import { notFound, startStandIn, type Call, type Reply, type Route, type StandIn } from './stand-in.ts';
import type { ForgeState, Pull, Repo } from './state.ts';

/** GitLab's API below /api/v4 of its address, which may be below a path of its host. */
export interface GitLabStandIn extends StandIn {
  knownTokens: Set<string>;
  /** How many reviewers its licence permits. */
  licence: { reviewers: number };
}

export async function startGitLab({ git, below = '' }: { git?: string; below?: string } = {}): Promise<GitLabStandIn> {
  const knownTokens = new Set(['user-token']);
  const licence = { reviewers: 100 };
  const knows = (token: string): boolean => knownTokens.has(token);
  const standIn = await startStandIn({
    ...{
      prefix: `${below}/api/v4`,
      limited: 429,
      knows,
      git,
      routes: (state, origin) => [...projectRoutes(state), ...mergeRequestRoutes(state, origin, licence)],
    },
    accepts: ({ headers }) => knows(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''),
  });
  return Object.assign(standIn, { knownTokens, licence });
}

const ownerOf = ({ path }: Repo): string => path.slice(0, path.lastIndexOf('/'));
const json = (repo: Repo): object => ({
  id: repo.id,
  path_with_namespace: repo.path,
  namespace: { full_path: ownerOf(repo) },
  archived: repo.archived,
  permissions: { project_access: { access_level: repo.mayPush ? 30 : 20 }, group_access: null },
  import_status: repo.forkOf === undefined ? 'none' : repo.looksUntilReady > 0 ? 'started' : 'finished',
});
/** A project by its number or its path, as GitLab takes both. */
const project = (state: ForgeState, id = ''): Repo | undefined =>
  state.repos.find((it) => it.path === id || String(it.id) === id);
const found = (it: Repo | undefined): Reply => (it === undefined ? notFound : { status: 200, body: json(it) });

function projectRoutes(state: ForgeState): Route[] {
  const show = ({ parts: [id] }: Call): Reply => {
    const it = project(state, id);
    if (it !== undefined) it.looksUntilReady -= 1;
    return found(it);
  };
  const namespaces = ['robot', ...state.groups];
  const wish = z.strictObject({
    ...{
      name: z.string(),
      path: z.string(),
      namespace_id: z.number(),
      visibility: z.enum(['private', 'public']),
      initialize_with_readme: z.literal(true),
    },
  });
  const create = (_: Call, { path, namespace_id, visibility }: z.infer<typeof wish>): Reply => {
    const full = `${namespaces[namespace_id]}/${path}`;
    if (state.repo(full)) return { status: 400, body: { message: { path: ['has already been taken'] } } };
    return { status: 201, body: json(state.add(full, { private: visibility === 'private' })) };
  };
  const fork = ({ parts: [id] }: Call): Reply => {
    const path = project(state, id)?.path ?? '';
    if (state.forkOf(path)) return { status: 409, body: { message: ['Path has already been taken'] } };
    return { status: 201, body: json(state.fork(path)) };
  };
  const forks = ({ parts: [id], query }: Call): Reply => {
    const its = state.repos.filter((it) => it.forkOf === project(state, id)?.path);
    return {
      status: 200,
      body: its.filter((it) => query.get('owned') !== 'true' || ownerOf(it) === state.me).map(json),
    };
  };
  const branch = ({ parts: [id, name = ''] }: Call): Reply => {
    const sha = project(state, id)?.branches.get(name);
    return sha === undefined ? notFound : { status: 200, body: { name, commit: { id: sha } } };
  };
  const namespace = ({ parts: [path = ''] }: Call): Reply =>
    namespaces.includes(path) ? { status: 200, body: { id: namespaces.indexOf(path), full_path: path } } : notFound;
  return [
    { method: 'GET', path: /^\/user$/, answer: () => ({ status: 200, body: { username: state.me } }) },
    {
      method: 'GET',
      path: /^\/users$/,
      answer: ({ query }) => ({
        status: 200,
        body: [...state.users]
          .map((username, id) => ({ id, username }))
          .filter((it) => it.username === query.get('username')),
      }),
    },
    { method: 'GET', path: /^\/namespaces\/([^/]+)$/, answer: namespace },
    { method: 'GET', path: /^\/projects\/([^/]+)$/, answer: show },
    { method: 'POST', path: /^\/projects$/, body: wish, answer: create },
    { method: 'POST', path: /^\/projects\/([^/]+)\/fork$/, answer: fork },
    { method: 'GET', path: /^\/projects\/([^/]+)\/forks$/, answer: forks },
    { method: 'GET', path: /^\/projects\/([^/]+)\/repository\/branches\/([^/]+)$/, answer: branch },
  ];
}

function mergeRequestRoutes(state: ForgeState, origin: string, licence: GitLabStandIn['licence']): Route[] {
  const show = (pull: Pull): object => ({
    web_url: `${origin}/${pull.repo}/-/merge_requests/${pull.number}`,
    iid: pull.number,
    sha: pull.sha,
    state: pull.state === 'open' ? 'opened' : pull.state,
    source_branch: pull.branch,
    target_branch: pull.base,
    ...{
      source_project_id: state.repo(pull.headRepo)?.id ?? null,
      labels: pull.labels,
      reviewers: pull.reviewers.map((username) => ({ id: [...state.users].indexOf(username), username })),
    },
  });
  const list = ({ parts: [id], query }: Call): Reply => {
    const its = state.pulls.filter((it) => it.repo === project(state, id)?.path && query.get('scope') === 'all');
    const fits = its.filter((it) => it.branch === query.get('source_branch') && it.base === query.get('target_branch'));
    return { status: 200, body: fits.reverse().map(show) };
  };
  const wish = z.strictObject({
    source_branch: z.string(),
    target_branch: z.string(),
    title: z.string().max(255),
    description: z.string(),
    ...{
      target_project_id: z.number().optional(),
      labels: z.string().optional(),
      reviewer_ids: z.array(z.number()).optional(),
    },
  });
  const open = ({ parts: [id] }: Call, it: z.infer<typeof wish>): Reply => {
    const from = project(state, id);
    const repo = it.target_project_id === undefined ? from : project(state, String(it.target_project_id));
    if (from?.branches.get(it.source_branch) === undefined || repo === undefined)
      return { status: 400, body: { message: { base: ['source branch does not exist'] } } };
    if (repo.branches.get(it.target_branch) === undefined)
      return { status: 400, body: { message: { base: ['target branch does not exist'] } } };
    if (state.openPull(repo.path, from.path, it.source_branch, it.target_branch))
      return {
        status: 409,
        body: { message: ['Another open merge request already exists for this source branch: !1'] },
      };
    const reviewers = (it.reviewer_ids ?? []).slice(0, licence.reviewers).map((user) => [...state.users][user] ?? '');
    const what = { title: it.title, body: it.description, draft: it.title.startsWith('Draft: ') };
    const labels = it.labels?.split(',').filter((label) => state.labels.has(label)) ?? [];
    const where = { repo: repo.path, headRepo: from.path, branch: it.source_branch, base: it.target_branch };
    return { status: 201, body: show(state.pull({ ...where, ...what, labels, reviewers })) };
  };
  const path = /^\/projects\/([^/]+)\/merge_requests$/;
  return [
    { method: 'GET', path, answer: list },
    { method: 'POST', path, body: wish, answer: open },
  ];
}
