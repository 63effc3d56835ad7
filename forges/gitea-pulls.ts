import { z } from 'zod';
import type { ForgeRepo } from './address.ts';
import { orAbsent, read, RepoPath } from './answers.ts';
import { askReviewers } from './ask-reviewers.ts';
import { lacksOf, orWarning, type Found, type Steps } from './find-or-open.ts';
import type { PullRequestPlan } from './forge.ts';
import { listAll, type Call } from './gitea-client.ts';
import type { ForgeScope } from './http.ts';

const Pull = z.object({
  html_url: z.url({ protocol: /^https?$/ }),
  number: z.number(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  title: z.string(),
  body: z.string().nullable(),
  requested_reviewers: z.array(z.object({ login: z.string() })).nullish(),
  requested_reviewers_teams: z.array(z.object({ name: z.string() })).nullish(),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    repo: z.object({ full_name: RepoPath, owner: z.object({ login: z.string() }) }).nullish(),
  }),
  base: z.object({ ref: z.string() }),
});
const Branch = z.object({ commit: z.object({ id: z.string() }) });
const Label = z.object({ id: z.number(), name: z.string() });
const part = encodeURIComponent;

/** The steps of a pull request on Gitea. */
export function giteaSteps(call: Call, repo: ForgeRepo, plan: PullRequestPlan, scope: ForgeScope): Steps {
  const { branch, base, headOwner = repo.owner } = plan;
  const at = `/repos/${part(repo.owner)}/${part(repo.name)}`;
  const title = plan.draft ? `WIP: ${plan.title}` : plan.title;
  const ask = (number: number, reviewers: readonly string[]): Promise<string[]> =>
    askReviewers(reviewers, scope.signal, (whom) => call('POST', `${at}/pulls/${number}/requested_reviewers`, whom));
  const head = plan.headOwner === undefined ? branch : `${headOwner}:${branch}`;
  const isOurs = (pull: z.infer<typeof Pull>): boolean =>
    pull.base.ref === base &&
    pull.head.ref === branch &&
    pull.head.repo?.owner.login.toLowerCase() === headOwner.toLowerCase();
  return {
    // Gitea filters a list by no head, and its look-up by base and head gives any one of them: so both.
    list: async () => {
      const recent = await call('GET', `${at}/pulls?state=all&sort=recentupdate&page=1&limit=50`);
      const one = await orAbsent(call('GET', `${at}/pulls/${part(base)}/${part(head)}`));
      const pulls = read(z.array(Pull), recent, scope).concat(one === undefined ? [] : [read(Pull, one, scope)]);
      return pulls
        .filter(isOurs)
        .sort((a, b) => b.number - a.number)
        .map((pull) => found(pull, { ...plan, title }));
    },
    tip: async ({ repo: path }) => {
      if (path === undefined) return undefined;
      const answer = await orAbsent(call('GET', `/repos/${path}/branches/${part(branch)}`));
      return answer === undefined ? undefined : read(Branch, answer, scope).commit.id;
    },
    hasBase: async () => (await orAbsent(call('GET', `${at}/branches/${part(base)}`))) !== undefined,
    open: async () => {
      const labels = await labelIds(call, repo, at, plan.labels, scope);
      const pull = await call('POST', `${at}/pulls`, { head, base, title, body: plan.body, labels: labels.ids });
      const { html_url: url, number } = read(Pull, pull, scope);
      return { url, number, warnings: [...labels.warnings, ...(await ask(number, plan.reviewers))] };
    },
    // Labels come with the pull request itself.
    complete: (number, { reviewers }) => ask(number, reviewers),
  };
}

function found(pull: z.infer<typeof Pull>, plan: PullRequestPlan): Found {
  const { html_url: url, number, state, merged, head, title, body } = pull;
  const users = pull.requested_reviewers?.map(({ login }) => login) ?? [];
  const teams = pull.requested_reviewers_teams?.map(({ name }) => name) ?? [];
  const lacks = lacksOf(plan, { title, body, labels: [], reviewers: [...users, ...teams] });
  return { url, number, state: merged ? 'merged' : state, sha: head.sha, repo: head.repo?.full_name, lacks };
}

async function labelIds(
  call: Call,
  { owner }: ForgeRepo,
  at: string,
  wanted: readonly string[],
  scope: ForgeScope,
): Promise<{ ids: number[]; warnings: string[] }> {
  if (wanted.length === 0) return { ids: [], warnings: [] };
  const known = new Map<string, number>();
  const learn = async (path: string): Promise<void> => {
    for (const { name, id } of await listAll(call, path, Label, scope)) known.set(name, id);
  };
  const warnings = await orWarning('Could not read the labels', scope.signal, async () => {
    await orAbsent(learn(`/orgs/${part(owner)}/labels`));
    await learn(`${at}/labels`);
  });
  const unknown = warnings.length > 0 ? [] : wanted.filter((label) => !known.has(label));
  return {
    ids: wanted.flatMap((label) => known.get(label) ?? []),
    warnings: [
      ...warnings,
      ...unknown.map((label) => `Could not set the label ${label}: the repository does not have it.`),
    ],
  };
}
