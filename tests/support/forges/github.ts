import { generateKeyPairSync, verify } from 'node:crypto';
import { z } from 'zod';
import { notFound, startStandIn, type Call, type Reply, type Route, type StandIn } from './stand-in.ts';
import { objectRoutes } from './github-objects.ts';
import { pullRoutes } from './github-pulls.ts';
import type { ForgeState, Repo } from './state.ts';

/** GitHub's API below /api/v3, as a GitHub Enterprise server has it. */
export interface GitHubStandIn extends StandIn {
  apiUrl: string;
  /** Tokens of users. */
  knownTokens: Set<string>;
  app: { appId: string; privateKey: string; installed: Set<string>; permissions: Record<string, string> };
  /** Tokens of the App's installations, with what they are for and when they were asked for (ms since the epoch). */
  minted: { token: string; repositories: string[] | undefined; at: number }[];
  /** From now on no token that was minted so far is good, as after an hour. */
  expireMinted: () => void;
  /** Each API call's token: that of a user, or of an installation. */
  usedTokens: string[];
}

const installationId = 77;
// One pair for all, as making one takes long.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const json = (it: ForgeState, { path, private: isPrivate, archived, mayPush, tellsRights }: Repo): object => ({
  full_name: path,
  owner: { login: path.split('/')[0] },
  private: isPrivate,
  archived,
  default_branch: 'main',
  permissions: { admin: false, push: mayPush && tellsRights, pull: tellsRights },
  clone_url: 'https://elsewhere.example/never/used.git',
});

/** A stand-in; the tokens that it mints are `minting` and a number. Its repositories are below `root`. */
export async function startGitHub({
  git,
  minting = 'ghs_minted',
  root,
}: { git?: string; minting?: string; root?: string } = {}): Promise<GitHubStandIn> {
  const knownTokens = new Set(['user-token']);
  const minted: GitHubStandIn['minted'] = [];
  const usedTokens: string[] = [];
  let expired = 0;
  const app = {
    appId: '4711',
    privateKey: pem,
    installed: new Set(['acme']),
    permissions: { contents: 'write', pull_requests: 'write' },
  };
  const knows = (token: string): boolean =>
    knownTokens.has(token) || minted.slice(expired).some((it) => it.token === token);
  const accepts = ({ headers }: Call): boolean => {
    const token = /^token (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    usedTokens.push(token);
    return knows(token);
  };
  const isApp = ({ headers }: Call): boolean => {
    const [head = '', claims = '', signature = ''] = (headers.authorization ?? '').replace(/^bearer /, '').split('.');
    const signed = verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
    return signed && JSON.parse(Buffer.from(claims, 'base64url').toString()).iss === app.appId;
  };
  const standIn = await startStandIn({
    prefix: '/api/v3',
    limited: 403,
    accepts,
    knows,
    git,
    routes: (state, origin) => [
      ...appRoutes(state, app, { minted, minting }, isApp),
      ...repoRoutes(state),
      ...(root === undefined ? [] : objectRoutes(root)),
      ...pullRoutes(state, origin),
    ],
  });
  const expireMinted = (): void => void (expired = minted.length);
  return Object.assign(standIn, {
    apiUrl: `${standIn.origin}/api/v3`,
    knownTokens,
    app,
    minted,
    usedTokens,
    expireMinted,
  });
}

function appRoutes(
  state: ForgeState,
  app: GitHubStandIn['app'],
  { minted, minting }: Pick<GitHubStandIn, 'minted'> & { minting: string },
  accepts: (call: Call) => boolean,
): Route[] {
  const installed = (owner: string): Reply =>
    app.installed.has(owner) ? { status: 200, body: { id: installationId } } : notFound;
  const mint = (_: Call, wish: { repositories?: string[] } | undefined): Reply => {
    const repositories = wish?.repositories;
    const known = repositories?.every((name) => [...app.installed].some((owner) => state.repo(`${owner}/${name}`)));
    if (known === false)
      return { status: 422, body: { message: 'There is at least one repository that is not accessible.' } };
    const token = `${minting}${minted.length + 1}`;
    minted.push({ token, repositories, at: Date.now() });
    return { status: 201, body: { token, expires_at: '2099-01-01T00:00:00Z', permissions: app.permissions } };
  };
  return [
    {
      method: 'GET',
      path: /^\/repos\/([^/]+)\/[^/]+\/installation$/,
      accepts,
      answer: ({ parts: [owner = ''] }) => installed(owner),
    },
    {
      method: 'GET',
      path: /^\/users\/([^/]+)\/installation$/,
      accepts,
      answer: ({ parts: [owner = ''] }) => installed(owner),
    },
    {
      method: 'POST',
      path: new RegExp(`^/app/installations/${installationId}/access_tokens$`),
      accepts,
      body: z.strictObject({ repositories: z.array(z.string()).optional() }).optional(),
      answer: mint,
    },
  ];
}

function repoRoutes(state: ForgeState): Route[] {
  const repo = ({ parts: [owner, name] }: Call): Repo | undefined => state.repo(`${owner}/${name}`);
  const wish = z.strictObject({ name: z.string(), private: z.boolean(), auto_init: z.literal(true) });
  const create = (owner: string, { name, private: isPrivate }: z.infer<typeof wish>): Reply => {
    if (state.repo(`${owner}/${name}`))
      return { status: 422, body: { message: 'Repository creation failed.', errors: ['name exists'] } };
    return { status: 201, body: json(state, state.add(`${owner}/${name}`, { private: isPrivate })) };
  };
  const branch = (call: Call): Reply => {
    const it = repo(call);
    if (it === undefined || (it.looksUntilReady -= 1) >= 0) return notFound;
    const sha = it.branches.get(call.parts[2] ?? '');
    return sha === undefined ? notFound : { status: 200, body: { name: call.parts[2], commit: { sha } } };
  };
  return [
    { method: 'GET', path: /^\/user$/, answer: () => ({ status: 200, body: { login: state.me } }) },
    {
      method: 'GET',
      path: /^\/repos\/([^/]+)\/([^/]+)$/,
      answer: (call) => {
        const it = repo(call);
        return it === undefined ? notFound : { status: 200, body: json(state, it) };
      },
    },
    { method: 'GET', path: /^\/repos\/([^/]+)\/([^/]+)\/branches\/([^/]+)$/, answer: branch },
    {
      ...{
        method: 'POST',
        path: /^\/repos\/([^/]+)\/([^/]+)\/forks$/,
        body: z.strictObject({ default_branch_only: z.literal(false) }),
      },
      answer: (call) => ({ status: 202, body: json(state, state.fork(repo(call)?.path ?? '')) }),
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
