/** What the Web UI shows of a workflow from its start, as Markdown. No zod here: workflows use it too. */
import { codeBlock, inlineCode, linkTo, singleLine, BLANK_END } from '../shared/markdown.ts';
import type { JobSpec } from './job-spec.ts';
import type { RunBrief, SessionSpec } from './session-state.ts';

/** Characters of a summary, for which the server takes 400 bytes, and of a task; the server takes 20,000 of details. */
const MAX_SUMMARY = 100;
const MAX_TASK = 2_000;

/** How a workflow is introduced: by one line, and by all that does not change. */
export interface Introduction {
  staticSummary: string;
  staticDetails: string;
}

interface Known {
  id: string;
  owner: string;
  /** Address of another workflow in the Web UI; null where none is known. */
  uiOf?: (id: string) => string | null;
}

type Rows = Readonly<Record<string, string | null | undefined>>;

/** A job, or the job that makes a plan. */
export function introduceJob(spec: JobSpec, { id, owner, uiOf }: Known): Introduction {
  const { task, repo_url, base_ref, profile, profile_reason, agent = spec.profile_agent, model, retry, plan_id } = spec;
  const other = (workflow: string | undefined): string | undefined => {
    const url = workflow === undefined ? null : (uiOf?.(workflow) ?? null);
    return url === null ? workflow && inlineCode(workflow) : linkTo(url, workflow);
  };
  return introduce(task, 'Task', {
    repository: repositoryWords(repo_url, base_ref),
    profile: `${inlineCode(profile)}, ${inlineCode(profile_reason)}`,
    agent: agentWords(agent, model),
    owner: inlineCode(owner),
    'retry of': other(retry?.of),
    'goes on with the session of': other(spec.session?.job_id),
    'in the worktree': other(spec.worktree?.worktree_id),
    plan: other(plan_id),
    record: `\`agenticore job ${id}\``,
    API: `\`GET /jobs/${id}\``,
    events: `\`agenticore logs -f ${id}\``,
    cancel: `\`agenticore cancel ${id}\``,
  });
}

/** A session; `task` where it was spawned with one. */
export function introduceSession(spec: SessionSpec, { id, owner }: Known, task?: string): Introduction {
  const { title, repo_url, base_ref, profile, agent = spec.profile_agent, model, approvals, parent, fork } = spec;
  return introduce(
    title ?? task ?? 'session',
    task === undefined ? undefined : 'Task',
    {
      repository: repositoryWords(repo_url, base_ref),
      profile: inlineCode(spec.package ?? profile),
      agent: agentWords(agent, model),
      owner: inlineCode(owner),
      approvals: approvals === 'ask' ? 'tool calls that the profile names wait for a decision' : 'none are asked for',
      parent: parent && `\`${parent.session_id}\``,
      'fork of': fork && `\`${fork.session_id}\``,
      record: `\`agenticore session show ${id}\``,
      API: `\`GET /sessions/${id}\``,
      events: `\`agenticore session events ${id}\``,
      'its runs': 'one workflow for each message: see Relationships',
    },
    task,
  );
}

/** A run of a session. */
export function introduceRun(
  { id, number, message, delivery }: RunBrief,
  spec: SessionSpec,
  sessionId: string,
): Introduction {
  const { profile, agent = spec.profile_agent, model } = spec;
  return introduce(message.text, delivery === undefined ? 'Message' : undefined, {
    session: `\`${sessionId}\`, whose run ${number} this is`,
    profile: inlineCode(spec.package ?? profile),
    agent: agentWords(agent, model),
    record: `\`agenticore session run ${id}\``,
    API: `\`GET /runs/${id}\``,
    cancel: `\`agenticore session cancel ${id}\``,
  });
}

/** A prepared worktree. */
export const introduceWorktree = (repoUrl: string, { id, owner }: Known): Introduction =>
  introduce(repoUrl, undefined, {
    repository: inlineCode(repoUrl),
    owner: inlineCode(owner),
    record: `\`agenticore worktrees show ${id}\``,
    API: `\`GET /worktrees/${id}\``,
  });

function introduce(about: string, heading: string | undefined, rows: Rows, text = about): Introduction {
  const told = Object.entries(rows).filter(([, value]) => value != null);
  const list = told.map(([name, value]) => `- **${name}**: ${value}`).join('\n');
  const shown = heading === undefined ? [] : [`**${heading}**`, codeBlock(text.trim(), MAX_TASK)];
  return {
    staticSummary: singleLine(about.trim().split('\n', 1)[0] ?? '').slice(0, MAX_SUMMARY),
    staticDetails: [...shown, list, BLANK_END].join('\n\n'),
  };
}

const agentWords = (agent: string | undefined, model: string | undefined): string | null =>
  agent === undefined ? null : `${agent}${model === undefined ? '' : `, model ${inlineCode(model)}`}`;

const repositoryWords = (repo_url: string | undefined, base_ref: string | undefined): string =>
  repo_url === undefined ? 'none' : inlineCode(base_ref === undefined ? repo_url : `${repo_url} at ${base_ref}`);
