import { z } from 'zod';
import { notFound, startStandIn, type Call, type Reply, type Route, type StandIn } from './stand-in.ts';
import type { ForgeState, Pull, Repo } from './state.ts';

/** Gitea's API below /api/v1 of its address, which may be below a path of its host. */
export interface GiteaStandIn extends StandIn {
  knownTokens: Set<string>;
}

export async function startGitea({ git, below = '' }: { git?: string; below?: string } = {}): Promise<GiteaStandIn> {
  const knownTokens = new Set(['user-token']);
  const knows = (token: string): boolean => knownTokens.has(token);
  const standIn = await startStandIn({
    ...{
      prefix: `${below}/api/v1`,
      limited: 429,
      knows,
      git,
      routes: (state, origin) => [...repoRoutes(state), ...pullRoutes(state, origin)],
    },
    accepts: ({ headers }) => knows(/^token (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''),
  });
  return Object.assign(standIn, { knownTokens });
}

const json = ({ path, archived, mayPush }: Repo): object => ({
  full_name: path,
  name: path.split('/')[1],
  owner: { login: path.split('/')[0] },
  archived,
  permissions: { admin: false, push: mayPush, pull: true },
});
const page = (entries: object[], query: URLSearchParams): Reply => {
  const [number, limit] = [Number(query.get('page')), Number(query.get('limit'))];
  return { status: 200, body: entries.slice((number - 1) * limit, number * limit) };
};

function repoRoutes(state: ForgeState): Route[] {
  const repo = ({ parts: [owner, name] }: Call): Repo | undefined => state.repo(`${owner}/${name}`);
  const wish = z.strictObject({ name: z.string(), private: z.boolean(), auto_init: z.literal(true) });
  const create = (owner: string, { name, private: isPrivate }: z.infer<typeof wish>): Reply => {
    if (state.repo(`${owner}/${name}`))
      return { status: 409, body: { message: 'The repository with the same name already exists.' } };
    return { status: 201, body: json(state.add(`${owner}/${name}`, { private: isPrivate })) };
  };
  const fork = (call: Call): Reply => {
    const path = repo(call)?.path ?? '';
    if (state.forkOf(path)) return { status: 409, body: { message: 'repository is already forked by user' } };
    return { status: 202, body: json(state.fork(path)) };
  };
  const branch = (call: Call): Reply => {
    const id = repo(call)?.branches.get(call.parts[2] ?? '');
    return id === undefined ? notFound : { status: 200, body: { name: call.parts[2], commit: { id } } };
  };
  const forks = /^\/repos\/([^/]+)\/([^/]+)\/forks$/;
  return [
    { method: 'GET', path: /^\/user$/, answer: () => ({ status: 200, body: { login: state.me } }) },
    {
      method: 'GET',
      path: /^\/repos\/([^/]+)\/([^/]+)$/,
      answer: (call) => {
        const it = repo(call);
        return it === undefined ? notFound : { status: 200, body: json(it) };
      },
    },
    { method: 'GET', path: /^\/repos\/([^/]+)\/([^/]+)\/branches\/([^/]+)$/, answer: branch },
    { method: 'POST', path: forks, body: z.strictObject({}), answer: fork },
    {
      method: 'GET',
      path: forks,
      answer: (call) => page(state.repos.filter((it) => it.forkOf === repo(call)?.path).map(json), call.query),
    },
    { method: 'POST', path: /^\/user\/repos$/, body: wish, answer: (_, body) => create(state.me, body) },
    {
      method: 'POST',
      path: /^\/orgs\/([^/]+)\/repos$/,
      body: wish,
      answer: ({ parts: [org = ''] }, body) => (state.groups.has(org) ? create(org, body) : notFound),
    },
  ];
}

function pullRoutes(state: ForgeState, origin: string): Route[] {
  const show = (pull: Pull): object => ({
    html_url: `${origin}/${pull.repo}/pulls/${pull.number}`,
    number: pull.number,
    title: pull.title,
    ...{
      body: pull.body,
      requested_reviewers: pull.reviewers.filter((it) => !it.startsWith('team ')).map((login) => ({ login })),
    },
    requested_reviewers_teams: pull.reviewers
      .filter((it) => it.startsWith('team '))
      .map((it) => ({ name: it.slice('team '.length) })),
    state: pull.state === 'open' ? 'open' : 'closed',
    merged: pull.state === 'merged',
    head: {
      ref: pull.branch,
      sha: pull.sha,
      repo: { full_name: pull.headRepo, owner: { login: pull.headRepo.split('/')[0] } },
    },
    base: { ref: pull.base },
  });
  const from = (repo: string, head: string): [Repo | undefined, string] => {
    const [owner, branch = ''] = head.includes(':') ? head.split(':') : [repo.split('/')[0], head];
    return [state.repo(repo.startsWith(`${owner}/`) ? repo : `${owner}/${repo.split('/')[1]}`), branch];
  };
  const labels = [...state.labels].map((name, index) => ({ id: index + 1, name }));
  const one = ({ parts: [owner, name, base, head = ''] }: Call): Reply => {
    const [headRepo, branch] = from(`${owner}/${name}`, head);
    const pull = state.pulls.find((it) => it.headRepo === headRepo?.path && it.branch === branch && it.base === base);
    return pull === undefined ? notFound : { status: 200, body: show(pull) };
  };
  const wish = z.strictObject({
    head: z.string(),
    base: z.string(),
    title: z.string().max(255),
    body: z.string(),
    labels: z.array(z.number()),
  });
  const open = (
    { parts: [owner, name] }: Call,
    { head, base, title, body, labels: ids }: z.infer<typeof wish>,
  ): Reply => {
    const repo = `${owner}/${name}`;
    const [headRepo, branch] = from(repo, head);
    if (headRepo?.branches.get(branch) === undefined || state.repo(repo)?.branches.get(base) === undefined)
      return { status: 404, body: { message: "The target couldn't be found." } };
    if (state.openPull(repo, headRepo.path, branch, base))
      return { status: 409, body: { message: 'pull request already exists for these targets' } };
    const names = labels.filter(({ id }) => ids.includes(id)).map((label) => label.name);
    const draft = title.startsWith('WIP: ');
    return {
      status: 201,
      body: show(
        state.pull({ repo, headRepo: headRepo.path, branch, base, title, body, draft, labels: names, reviewers: [] }),
      ),
    };
  };
  const reviewers = z.union([
    z.strictObject({ reviewers: z.array(z.string()) }),
    z.strictObject({ team_reviewers: z.array(z.string()) }),
  ]);
  const review = ({ parts: [, , number] }: Call, asked: z.infer<typeof reviewers>): Reply => {
    const names = 'reviewers' in asked ? asked.reviewers : asked.team_reviewers.map((team) => `team ${team}`);
    if ('reviewers' in asked && !names.every((it) => state.users.has(it)))
      return { status: 404, body: { message: 'user does not exist' } };
    state.pulls.find((it) => it.number === Number(number))?.reviewers.push(...names);
    return { status: 201, body: [] };
  };
  const pulls = /^\/repos\/([^/]+)\/([^/]+)\/pulls$/;
  const ofRepo = ({ parts: [owner, name] }: Call): Pull[] =>
    state.pulls.filter((it) => it.repo === `${owner}/${name}`).reverse();
  return [
    { method: 'GET', path: pulls, answer: (call) => page(ofRepo(call).map(show), call.query) },
    { method: 'POST', path: pulls, body: wish, answer: open },
    { method: 'GET', path: /^\/repos\/([^/]+)\/([^/]+)\/pulls\/([^/]+)\/([^/]+)$/, answer: one },
    { method: 'GET', path: /^\/repos\/([^/]+)\/([^/]+)\/labels$/, answer: ({ query }) => page(labels, query) },
    {
      method: 'GET',
      path: /^\/orgs\/([^/]+)\/labels$/,
      answer: ({ query, parts: [org = ''] }) => (state.groups.has(org) ? page([], query) : notFound),
    },
    {
      method: 'POST',
      path: /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/requested_reviewers$/,
      body: reviewers,
      answer: review,
    },
  ];
}
