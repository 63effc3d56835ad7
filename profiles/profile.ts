import type { AgentName } from '../contract/shared/agents.ts';
import type { PartModes } from '../contract/shared/checkout-parts.ts';
import type { FileProblem } from '../contract/shared/file-problem.ts';
import type { Setup, Verify } from '../contract/workflow/checks.ts';
import type { CommitTerms } from '../contract/workflow/commit-terms.ts';
import type { PullRequestOptions } from '../contract/workflow/delivery.ts';
import type { AgentSections } from '../runners/sections.ts';

/** A profile with everything it takes from its parents, with a section for each agent; plain data. */
export interface ResolvedProfile extends AgentSections, PartModes {
  name: string;
  description: string;
  /** The agent that does the work. */
  agent: AgentName;
  /** Seconds that its agent may run; null where the profile does not say. */
  timeout_s: number | null;
  /** Seconds that its agent may be silent; null where the profile does not say. */
  stall_timeout_s: number | null;
  deliver: 'pr' | 'push' | 'none';
  pull_request: PullRequestOptions;
  /** What the name of a job's branch begins with. */
  branch_prefix: string;
  commits: CommitTerms;
  /** Seconds for which a delivery is tried. */
  delivery_timeout_s: number;
  /** Template, for fillTemplate, of what is appended to every task. */
  append_prompt: string | null;
  /** Null where nothing is to be run. */
  setup: Setup | null;
  verify: Verify | null;
  permissions: { allow: string[]; deny: string[] };
  /** What is asked for in sessions that ask; `timeout_s` is null where the profile does not say. */
  approvals: { allow: string[]; ask: string[]; deny: string[]; timeout_s: number | null };
  sandbox: 'auto' | 'required' | 'off';
  trust_repo: boolean;
  env: string[];
  /** The files it is put together from, the furthest parent's first. */
  files: string[];
  /** Folders with further files for the agent, the furthest parent first. */
  folders: string[];
}

/** Whether sessions with the profile ask, where their creators do not say: only where it has rules for that. */
export const usualApprovals = ({
  approvals: { allow, ask, deny },
}: Pick<ResolvedProfile, 'approvals'>): 'ask' | 'none' =>
  allow.length + ask.length + deny.length > 0 ? 'ask' : 'none';

/** A mistake in a profile. */
export interface ProfileProblem extends FileProblem {
  profile: string;
}

/** The profiles in the profile directories. */
export interface Profiles {
  /** Usable ones, by name. */
  profiles: ResolvedProfile[];
  problems: ProfileProblem[];
}
