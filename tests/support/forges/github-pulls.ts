import { z } from 'zod';
import type { Call, Reply, Route } from './stand-in.ts';
import type { ForgeState, Pull } from './state.ts';

/** Pull requests, their labels and their reviewers. */
export function pullRoutes(state: ForgeState, origin: string): Route[] {
  const show = (pull: Pull): object => ({
    html_url: `${origin}/${pull.repo}/pull/${pull.number}`,
    number: pull.number,
    // GitHub keeps a body as forms send it.
    title: pull.title,
    body: pull.body.replaceAll('\n', '\r\n') || null,
    labels: pull.labels.map((name) => ({ name })),
    requested_reviewers: pull.reviewers.filter((it) => !it.startsWith('team ')).map((login) => ({ login })),
    requested_teams: pull.reviewers
      .filter((it) => it.startsWith('team '))
      .map((it) => ({ slug: it.slice('team '.length) })),
    ...{
      state: pull.state === 'open' ? 'open' : 'closed',
      merged_at: pull.state === 'merged' ? '2026-01-01T00:00:00Z' : null,
    },
    head: {
      ref: pull.branch,
      sha: pull.sha,
      label: `${pull.headRepo.split('/')[0]}:${pull.branch}`,
      repo: { full_name: pull.headRepo },
    },
    base: { ref: pull.base },
  });
  const list = ({ parts: [owner, name], query }: Call): Reply => {
    const all = state.pulls.filter(
      (it) => it.repo === `${owner}/${name}` && (query.get('state') === 'all' || it.state === 'open'),
    );
    const fits = all.filter(
      (it) => `${it.headRepo.split('/')[0]}:${it.branch}` === query.get('head') && it.base === query.get('base'),
    );
    return { status: 200, body: fits.reverse().map(show) };
  };
  const wish = z.strictObject({
    title: z.string().max(256),
    body: z.string().max(65_536),
    head: z.string(),
    base: z.string(),
    draft: z.boolean(),
  });
  const refuse = (message: string): Reply => ({
    status: 422,
    body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', message }] },
  });
  const open = (
    { parts: [owner = '', name = ''] }: Call,
    { head, base, title, body, draft }: z.infer<typeof wish>,
  ): Reply => {
    const [headOwner, branch] = head.includes(':') ? head.split(':') : [owner, head];
    const repo = `${owner}/${name}`;
    const from =
      headOwner === owner
        ? state.repo(repo)
        : state.repos.find((it) => it.forkOf === repo && it.path.startsWith(`${headOwner}/`));
    const sha = from?.branches.get(branch ?? '');
    if (from === undefined || branch === undefined || sha === undefined) return refuse('head is invalid');
    if (state.repo(repo)?.branches.get(base) === undefined)
      return {
        status: 422,
        body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', field: 'base', code: 'invalid' }] },
      };
    if (state.openPull(repo, from.path, branch, base))
      return refuse(`A pull request already exists for ${headOwner}:${branch}.`);
    if (sha === state.repo(repo)?.branches.get(base)) return refuse(`No commits between ${base} and ${branch}`);
    if (draft && !state.supportsDrafts)
      return { status: 422, body: { message: 'Draft pull requests are not supported in this repository.' } };
    return {
      status: 201,
      body: show(
        state.pull({ repo, headRepo: from.path, branch, base, title, body, draft, labels: [], reviewers: [] }),
      ),
    };
  };
  const pullOf = ({ parts: [owner, name, number] }: Call): Pull | undefined =>
    state.pulls.find((it) => it.repo === `${owner}/${name}` && it.number === Number(number));
  const reviewers = z.union([
    z.strictObject({ reviewers: z.array(z.string()) }),
    z.strictObject({ team_reviewers: z.array(z.string()) }),
  ]);
  const review = (call: Call, asked: z.infer<typeof reviewers>): Reply => {
    const names = 'reviewers' in asked ? asked.reviewers : asked.team_reviewers.map((team) => `team ${team}`);
    if ('reviewers' in asked && !names.every((name) => state.users.has(name)))
      return refuse('Reviews may only be requested from collaborators.');
    pullOf(call)?.reviewers.push(...names);
    return { status: 201, body: {} };
  };
  const pulls = /^\/repos\/([^/]+)\/([^/]+)\/pulls$/;
  return [
    { method: 'GET', path: pulls, answer: list },
    { method: 'POST', path: pulls, body: wish, answer: open },
    {
      ...{
        method: 'POST',
        path: /^\/repos\/([^/]+)\/([^/]+)\/issues\/(\d+)\/labels$/,
        body: z.strictObject({ labels: z.array(z.string()) }),
      },
      answer: (call, { labels }: { labels: string[] }) => {
        pullOf(call)?.labels.push(...labels);
        return { status: 200, body: [] };
      },
    },
    {
      method: 'POST',
      path: /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\/requested_reviewers$/,
      body: reviewers,
      answer: review,
    },
  ];
}
