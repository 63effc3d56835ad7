import { z } from 'zod';
import { orAbsent, read } from './answers.ts';
import { orWarning, type Found, type Steps } from './find-or-open.ts';
import type { PullRequestPlan } from './forge.ts';
import type { GitLabClient } from './gitlab-client.ts';
import { failed, type ForgeScope } from './http.ts';

const MergeRequest = z.object({
  web_url: z.url({ protocol: /^https?$/ }),
  iid: z.number(),
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  sha: z.string().nullish(),
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.number().nullable(),
  labels: z.array(z.string()).default([]),
  reviewers: z.array(z.object({ id: z.number() })).default([]),
});
type MergeRequest = z.infer<typeof MergeRequest>;
const Project = z.object({ id: z.number(), namespace: z.object({ full_path: z.string() }) });
const Branch = z.object({ commit: z.object({ id: z.string() }) });
const User = z.object({ id: z.number(), username: z.string() });
type User = z.infer<typeof User>;

/** The steps of a merge request on GitLab, whose projects go by number once their paths are looked up. */
export async function gitlabSteps(
  client: GitLabClient,
  path: string,
  plan: PullRequestPlan,
  scope: ForgeScope,
): Promise<Steps> {
  const { mergeRequests, branches } = client;
  const { branch, base } = plan;
  const target = read(Project, await client.projects.show(path), scope).id;
  const source = plan.headOwner === undefined ? target : await forkIn(client, target, plan.headOwner, scope);
  const isOurs = (it: MergeRequest): boolean =>
    it.source_project_id === source && it.source_branch === branch && it.target_branch === base;
  return {
    list: async () => {
      const filter = { projectId: target, sourceBranch: branch, targetBranch: base, scope: 'all' as const };
      const order = { orderBy: 'created_at' as const, sort: 'desc' as const, perPage: 100, maxPages: 1 };
      const all = await mergeRequests.all({ ...filter, ...order });
      return read(z.array(MergeRequest), all, scope).filter(isOurs).map(found);
    },
    tip: async () => {
      const answer = await orAbsent(branches.show(source, branch));
      return answer === undefined ? undefined : read(Branch, answer, scope).commit.id;
    },
    hasBase: async () => (await orAbsent(branches.show(target, base))) !== undefined,
    open: async () => {
      const { asked, warnings } = await reviewersOf(client, plan.reviewers, scope);
      const title = plan.draft ? `Draft: ${plan.title}` : plan.title;
      const made = await mergeRequests.create(source, branch, base, title, {
        description: plan.body,
        ...(source === target ? {} : { targetProjectId: target }),
        ...(plan.labels.length === 0 ? {} : { labels: plan.labels.join(',') }),
        ...(asked.length === 0 ? {} : { reviewerIds: asked.map(({ id }) => id) }),
      });
      const merge = read(MergeRequest, made, scope);
      return {
        url: merge.web_url,
        number: merge.iid,
        warnings: [...warnings, ...leftOut(merge, plan.labels, asked)],
      };
    },
  };
}

const found = ({ web_url: url, iid: number, state, sha }: MergeRequest): Found => ({
  url,
  number,
  sha: sha ?? undefined,
  repo: undefined,
  // Locked is the moment of the merge.
  state: state === 'opened' ? 'open' : state === 'locked' ? 'merged' : state,
});

async function forkIn({ projects }: GitLabClient, target: number, owner: string, scope: ForgeScope): Promise<number> {
  const forks = read(z.array(Project), await projects.allForks(target, { owned: true }), scope);
  const fork = forks.find(({ namespace }) => namespace.full_path === owner);
  if (fork === undefined) throw failed(scope, 'pull_request_rejected', `${owner} has no fork of the project.`);
  return fork.id;
}

async function reviewersOf(
  { users }: GitLabClient,
  reviewers: readonly string[],
  scope: ForgeScope,
): Promise<{ asked: User[]; warnings: string[] }> {
  const asked: User[] = [];
  const warnings: string[] = [];
  for (const username of reviewers) {
    const look = async (): Promise<void> => {
      const user = read(z.array(User), await users.all({ username }), scope).find((it) => it.username === username);
      if (user === undefined) throw new Error('the user does not exist.');
      asked.push(user);
    };
    warnings.push(...(await orWarning(`Could not request a review from ${username}`, scope.signal, look)));
  }
  return { asked, warnings };
}

// GitLab leaves out without a word what its plan or the token's rights do not permit.
function leftOut(made: MergeRequest, labels: readonly string[], asked: readonly User[]): string[] {
  const missing = labels.filter((label) => !made.labels.includes(label));
  const unasked = asked.filter(({ id }) => !made.reviewers.some((reviewer) => reviewer.id === id));
  return [
    ...missing.map((label) => `Could not set the label ${label}: GitLab ignored it.`),
    ...unasked.map(({ username }) => `Could not request a review from ${username}: GitLab ignored it.`),
  ];
}
