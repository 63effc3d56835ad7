import { z } from 'zod';
import { orAbsent, read, RepoPath } from './answers.ts';
import { askReviewers } from './ask-reviewers.ts';
import { lacksOf, orWarning, type Extras, type Found, type Steps } from './find-or-open.ts';
import type { PullRequestPlan } from './forge.ts';
import type { Ask } from './github-client.ts';
import { isRefusal, type ForgeScope } from './http.ts';

const Pull = z.object({
  html_url: z.url({ protocol: /^https?$/ }),
  number: z.number(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullish(),
  title: z.string(),
  body: z.string().nullable(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  requested_reviewers: z.array(z.object({ login: z.string() })).default([]),
  requested_teams: z.array(z.object({ slug: z.string() })).default([]),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    label: z.string(),
    repo: z.object({ full_name: RepoPath }).nullish(),
  }),
  base: z.object({ ref: z.string() }),
});
const Branch = z.object({ commit: z.object({ sha: z.string() }) });

/** The steps of a pull request on GitHub. */
export function githubSteps(
  ask: Ask,
  at: { owner: string; repo: string },
  plan: PullRequestPlan,
  scope: ForgeScope,
): Steps {
  const { branch, base, headOwner = at.owner } = plan;
  const head = `${headOwner}:${branch}`;
  const isOurs = ({ head: its, base: { ref } }: z.infer<typeof Pull>): boolean =>
    ref === base && its.label.toLowerCase() === head.toLowerCase() && its.ref === branch;
  return {
    list: async () => {
      const query = { head, base, state: 'all', sort: 'created', direction: 'desc', per_page: 100 };
      const pulls = read(z.array(Pull), await ask('GET /repos/{owner}/{repo}/pulls', { ...at, ...query }), scope);
      return pulls.filter(isOurs).map((pull) => found(pull, plan));
    },
    tip: async ({ repo: path }) => {
      const [owner, repo] = path?.split('/') ?? [];
      if (repo === undefined) return undefined;
      const answer = await orAbsent(ask('GET /repos/{owner}/{repo}/branches/{branch}', { owner, repo, branch }));
      return answer === undefined ? undefined : read(Branch, answer, scope).commit.sha;
    },
    hasBase: async () =>
      (await orAbsent(ask('GET /repos/{owner}/{repo}/branches/{branch}', { ...at, branch: base }))) !== undefined,
    open: async () => {
      const { pull, warnings } = await open(
        ask,
        { ...at, head: plan.headOwner === undefined ? branch : head, base },
        plan,
      );
      const { html_url: url, number } = read(Pull, pull, scope);
      return { url, number, warnings: [...warnings, ...(await decorate(ask, { ...at, number }, plan, scope.signal))] };
    },
    complete: (number, lacks) => decorate(ask, { ...at, number }, lacks, scope.signal),
  };
}

function found(pull: z.infer<typeof Pull>, plan: PullRequestPlan): Found {
  const { html_url: url, number, state, merged_at, head, title, body, requested_reviewers, requested_teams } = pull;
  const labels = pull.labels.map(({ name }) => name);
  const reviewers = [...requested_reviewers.map(({ login }) => login), ...requested_teams.map(({ slug }) => slug)];
  return {
    url,
    number,
    state: merged_at == null ? state : 'merged',
    sha: head.sha,
    repo: head.repo?.full_name,
    lacks: lacksOf(plan, { title, body, labels, reviewers }),
  };
}

async function open(
  ask: Ask,
  where: Record<string, string>,
  { title, body, draft }: PullRequestPlan,
): Promise<{ pull: unknown; warnings: string[] }> {
  const wish = { ...where, title, body };
  try {
    return { pull: await ask('POST /repos/{owner}/{repo}/pulls', { ...wish, draft }), warnings: [] };
  } catch (error) {
    if (!draft || !isRefusal(error, 422) || !/draft/i.test(error.reason)) throw error;
    const pull = await ask('POST /repos/{owner}/{repo}/pulls', { ...wish, draft: false });
    return { pull, warnings: ['The pull request is not a draft: the repository does not support drafts.'] };
  }
}

/** Labels and reviewers. */
async function decorate(
  ask: Ask,
  { number, ...at }: { owner: string; repo: string; number: number },
  { labels, reviewers }: Extras,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const warnings: string[] = [];
  if (labels.length > 0) {
    const label = (): Promise<unknown> =>
      ask('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { ...at, issue_number: number, labels });
    warnings.push(...(await orWarning('Could not set the labels', signal, label)));
  }
  const request = (whom: object): Promise<unknown> =>
    ask('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', { ...at, pull_number: number, ...whom });
  return [...warnings, ...(await askReviewers(reviewers, signal, request))];
}
