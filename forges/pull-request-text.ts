import { cut, fenced } from '../contract/shared/markdown.ts';
import { fillTemplate, type PULL_REQUEST_PLACEHOLDERS } from '../contract/shared/template.ts';
import type { CommandCheck } from '../contract/workflow/checks.ts';
import { checksTable } from './checks-text.ts';
import { defuse, defusePlain, firstLine } from './inert-text.ts';

/** What a pull request tells of the job that made it. All but `template` is data: it is shown, and does nothing. */
export interface PullRequestFacts {
  task: string;
  /** The agent's last words; empty where it had none. */
  summary: string;
  /** What the job warns of. */
  warnings: readonly string[];
  /** The runs of the profile's commands, and what of them did not pass. */
  checks: readonly CommandCheck[];
  verdict?: string | undefined;
  cost_usd: number | null;
  job_id: string;
  /** Page of the job; null where there is none. */
  job_url: string | null;
  profile: string;
  /** Who did the work: "Claude Code (opus)". */
  agent: string;
  /** The profile's own body, with placeholders; its own text is taken as it is. */
  template?: string | undefined;
}

/** Characters; GitHub takes 65,536 in a body and 256 in a title. */
const MAX_TITLE = 72;
const MAX_PART = 20_000;
const MAX_BODY = 60_000;

/**
 * Title (the task's first line) and body of a pull request. Nothing in them mentions anybody, closes or refers to an
 * issue, gives a forge or a bot a command, is HTML or loads an image; what is too long is cut visibly.
 */
export function pullRequestText(facts: PullRequestFacts): { title: string; body: string } {
  const { task, job_id, template } = facts;
  const title = cut(defusePlain(firstLine(task)), MAX_TITLE, '…') || `Changes of job ${job_id}`;
  return { title, body: cut(template === undefined ? usual(facts) : filled(template, facts), MAX_BODY) };
}

function usual(told: PullRequestFacts): string {
  const { task, summary, warnings, cost_usd, job_id, job_url, profile, agent } = told;
  const said = part(summary).trim();
  const checks = checksText(told);
  const job = job_url === null ? `job ${defuse(job_id)}` : `job [${defuse(job_id)}](${job_url})`;
  const facts = [`Made by ${defuse(firstLine(agent))} with the profile ${defuse(profile)}`, cost(cost_usd), job];
  return [
    ...(said === '' ? [] : ['## Summary', said]),
    ...(checks === '' ? [] : ['## Checks', checks]),
    ...(warnings.length === 0 ? [] : ['## Warnings', listed(warnings)]),
    '## Task',
    fenced(part(task).trim()),
    '---',
    facts.filter((fact) => fact !== '').join(' · '),
  ].join('\n\n');
}

function filled(template: string, told: PullRequestFacts): string {
  const { task, summary, warnings, cost_usd, job_id, job_url, profile } = told;
  const values: Record<(typeof PULL_REQUEST_PLACEHOLDERS)[number], string> = {
    TASK: part(task),
    SUMMARY: part(summary),
    WARNINGS: listed(warnings),
    CHECKS: checksText(told),
    COST: cost(cost_usd),
    JOB_ID: defuse(job_id),
    JOB_URL: job_url ?? '',
    PROFILE: defuse(profile),
  };
  return fillTemplate(template, values);
}

/** What the profile's commands said; of one that did not pass, also the end of what it wrote. */
const checksText = ({ checks, verdict }: PullRequestFacts): string =>
  [checksTable(checks), verdict === undefined ? '' : fenced(part(verdict).trim())].filter(Boolean).join('\n\n');

const part = (text: string): string => cut(defuse(text), MAX_PART);

const listed = (lines: readonly string[]): string => lines.map((line) => `- ${defuse(firstLine(line))}`).join('\n');

const cost = (usd: number | null): string => (usd === null ? '' : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`);
