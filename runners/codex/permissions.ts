import { realpath } from 'node:fs/promises';
import { Failure } from '../../contract/shared/failures.ts';
import { usesSandbox } from '../../processes/start-contained.ts';
import type { AgentRun } from '../agent.ts';
import type { ToolUse } from './events.ts';
import type { CodexOptions } from './options.ts';
import { ToolRules, type RuleLists, type Ruling } from './tool-rules.ts';

/** What an agent may do, and who decides about it. */
export interface Permissions {
  /** For the CLI: when it asks the driver, and what its own sandbox lets through. */
  approvalPolicy: CodexOptions['approval_policy'];
  sandbox: CodexOptions['sandbox_mode'];
  /** Whether each call is looked at: then the CLI asks for those of servers, too. */
  isWatched: boolean;
  /** What the driver answers. */
  rulingOn: (call: ToolUse) => Ruling;
}

/** Where agenticore's sandbox holds the agent, Codex needs none of its own. */
export async function permissionsOf(run: AgentRun, options: CodexOptions): Promise<Permissions> {
  const asks = run.approvals === 'ask';
  const lists = listsOf(options, asks);
  const hasRules = lists.ask.length + lists.deny.length > 0;
  const policy = policyOf(options, asks, hasRules);
  const sandbox = await sandboxOf(run, options);
  const rules = new ToolRules(lists, await realpath(run.cwd));
  // `never` refuses `rm -f` even with full access: there the CLI asks, and is told yes.
  const unasked = sandbox === 'danger-full-access' ? 'on-request' : 'never';
  const quiet = hasRules ? 'untrusted' : unasked;
  return {
    approvalPolicy: policy === 'never' ? quiet : policy,
    sandbox,
    isWatched: policy !== 'never' || hasRules,
    rulingOn: (call) => rules.rulingOn(call) ?? { verdict: asks ? 'ask' : unruled(policy, call) },
  };
}

/** The rules that count. */
const listsOf = ({ permissions, approvals }: CodexOptions, asks: boolean): RuleLists => ({
  allow: [...permissions.allow, ...(asks ? approvals.allow : [])],
  ask: asks ? approvals.ask : [],
  deny: [...permissions.deny, ...(asks ? approvals.deny : [])],
});

/** A session that asks does so for all; so does one with rules for what Codex would not ask for by itself. */
function policyOf(
  { approval_policy: policy }: CodexOptions,
  asks: boolean,
  hasRules: boolean,
): CodexOptions['approval_policy'] {
  if (policy === 'never') return asks ? 'untrusted' : 'never';
  return hasRules ? 'untrusted' : policy;
}

/** What becomes of a call without a rule where nobody can be asked; whoever gave a server wants it to be used. */
const unruled = (policy: CodexOptions['approval_policy'], { name }: ToolUse): 'allow' | 'deny' =>
  policy === 'never' || name.startsWith('mcp__') ? 'allow' : 'deny';

async function sandboxOf(run: AgentRun, options: CodexOptions): Promise<CodexOptions['sandbox_mode']> {
  const isHeld = await usesSandbox(run.sandbox);
  const wanted = run.readOnly ? 'read-only' : options.sandbox_mode;
  if (isHeld && wanted === 'workspace-write' && process.getuid?.() === 0)
    throw new Failure(
      'invalid_profile',
      "As root, Codex's own sandbox does not work inside of agenticore's: remove `sandbox_mode` from the profile, or run the worker as another user.",
    );
  return isHeld && wanted === 'read-only' ? 'danger-full-access' : wanted;
}
