/** What a user decides in the chat, in place of saying something to the agent. */
export interface ChatDecision {
  approval_id: string;
  decision: 'allow' | 'deny';
  reason: string | undefined;
}

const DECISION = /^\/(approve|deny)[^\S\n]+(apr_\w+)(?:\s+(\S[\s\S]*))?$/;

/** Longest reason that is kept (characters). */
const MAX_REASON = 1_000;

/** Reads `/approve ID` and `/deny ID REASON`; undefined where the text is for the agent. */
export function readDecision(text: string): ChatDecision | undefined {
  const [, verb, approval_id, reason] = DECISION.exec(text.trim()) ?? [];
  if (verb === undefined || approval_id === undefined) return undefined;
  return {
    approval_id,
    decision: verb === 'approve' ? 'allow' : 'deny',
    reason: reason?.trim().slice(0, MAX_REASON),
  };
}
