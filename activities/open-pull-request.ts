import type { OpenedPullRequest, PullRequestStep } from '../contract/workflow/delivery.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { pullRequestText } from '../forges/pull-request-text.ts';
import type { Step } from './step.ts';
import { knownForge } from '../forges/forge-of.ts';
import { repoOf } from './remotes.ts';

/** Finds or opens the pull request of the delivered branch. Where this host does not know the forge it opens none. */
export const openPullRequest: Step<PullRequestStep, OpenedPullRequest> = async (deps, step, _seat, signal) => {
  const repo = repoOf(deps.settings, step.repo_url);
  const forge = knownForge(repo, deps.settings.forges);
  if (forge === undefined) return { pr_url: null, warnings: noPullRequest(repo) };
  const task = await deps.readTask(step.job_id);
  const { profile, summary, cost_usd, warnings: told, checks, verdict } = step;
  const { job_id, branch, base, fork_owner: headOwner, options } = step;
  const { draft, labels, reviewers, template } = options;
  const job = {
    task,
    summary,
    cost_usd,
    warnings: told,
    checks,
    verdict,
    job_id,
    job_url: deps.jobUrl(job_id),
    profile,
  };
  const text = pullRequestText({ ...job, agent: deps.agents[step.agent].title, template });
  const plan = { branch, headOwner, base, ...text, draft, labels, reviewers };
  const { url, warnings, opened } = await forge.findOrOpenPullRequest(plan, signal);
  deps.countPullRequest(opened);
  return { pr_url: url, warnings };
};

/** What is told of a repository on no known forge; nothing where it is a folder, on which nobody expects one. */
export const noPullRequest = ({ protocol, host }: RepoUrl): string[] =>
  protocol === 'file'
    ? []
    : [`No pull request was opened: unknown forge at ${host}. Add it under \`forges\` in config.yml.`];
