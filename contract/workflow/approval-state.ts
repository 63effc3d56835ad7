/** How a tool call waits for a decision. No zod here: workflows import this file. */

/** Signal by which a host tells the session that its agent waits for a decision. Repeated for one that is known. */
export const APPROVAL_ASKED = 'approvalAsked';
/** Signal by which a host tells the session that its agent does not wait any more. */
export const APPROVAL_WITHDRAWN = 'approvalWithdrawn';
/** Update by which an approval is decided: the first decision stands, every later one is answered with it. */
export const DECIDE_APPROVAL = 'decide';

/** Most bytes of a tool's input that an approval shows. */
export const MAX_APPROVAL_INPUT_BYTES = 4 * 1024;

/** Payload of APPROVAL_ASKED. */
export interface ApprovalAsked {
  /**
   * Derived from the run, the tool, its input and which of such calls of the run it is: an agent that begins again
   * after its host was lost asks under the same id.
   */
  id: string;
  run_id: string;
  tool_use_id: string;
  tool: string;
  /** JSON of the input, cut at MAX_APPROVAL_INPUT_BYTES. */
  input: string;
  input_cut: boolean;
  /** Task queue of the host that waits. */
  host: string;
  /** The seat under which it waits: what comes from an older one is ignored. */
  token: string;
  attempt: number;
  at: string;
}

export interface ApprovalWithdrawn {
  id: string;
  token: string;
}

export const APPROVAL_STATUSES = ['pending', 'allowed', 'denied', 'expired', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

type Call = Pick<ApprovalAsked, 'id' | 'run_id' | 'tool_use_id' | 'tool' | 'input' | 'input_cut'>;

/** An approval as its session keeps it. */
export interface ApprovalState extends Call {
  status: ApprovalStatus;
  asked_at: string;
  expires_at: string;
  decided_at: string | null;
  /** Owner of the key that decided; `rule` where the session remembered. */
  decided_by: string | null;
  /** From where: `rest`, `cli`, `mcp`, `chat`, `parent`, `rule`, `timeout`. */
  via: string | null;
  reason: string | null;
  /** Whether the agent has got the decision: it is used once. */
  delivered: boolean;
}

/** Argument of DECIDE_APPROVAL. */
export interface DecisionRequest {
  approval_id: string;
  decision: 'allow' | 'deny';
  reason?: string;
  /** Decide the same for every further call of the tool in this session. */
  remember: boolean;
  by: string;
  via: string;
}

/** `won`: whether this was the first decision. `approval` is null where the session knows none of that id. */
export interface DecisionOutcome {
  won: boolean;
  approval: ApprovalState | null;
}

/** What is decided without asking for the rest of the session. */
export interface RememberedRule {
  tool: string;
  decision: 'allow' | 'deny';
}

/** Step by which the host that waits is told; fails `approval_gone` where no agent there waits for it. */
export interface AnswerStep {
  session_id: string;
  run_id: string;
  approval_id: string;
  allow: boolean;
  reason: string;
}
