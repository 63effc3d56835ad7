/**
 * What a session's workflow, its runs, their hosts and its readers exchange. No zod here: workflows import this file.
 */
import type { AgentName } from '../shared/agents.ts';
import type { FailureType } from '../shared/failures.ts';
import type { ApprovalState, RememberedRule } from './approval-state.ts';
import type { Spent } from './job-progress.ts';
import type { Base } from './job-spec.ts';
import type { ProfileFacts } from './steps.ts';

/** Update by which a message is posted: its id is derived from the caller's idempotency key. */
export const POST_MESSAGE = 'post';
/** Update by which a run is cancelled that has not begun: it is no workflow yet. */
export const CANCEL_QUEUED_RUN = 'cancelQueuedRun';
/** Update by which a session is closed. */
export const CLOSE_SESSION = 'close';
/** Update by which a child session is started. */
export const SPAWN_CHILD = 'spawn';
/** Update by which a child's run tells its parent session something. */
export const ESCALATE = 'escalate';
/** Update by which what the session's agents have made is delivered: a run of its own does it. */
export const DELIVER_WORK = 'deliver';
/** Signal by which a child session tells its parent how a run ended that the parent waits for. */
export const CHILD_RUN_ENDED = 'childRunEnded';
/** Signal by which a run is cancelled, whether it has begun or not: that of a child whose parent's run was. */
export const CANCEL_RUN = 'cancelRun';
/** Signal by which a run tells its session that it works on a disk that the session does not know. */
export const RUN_BEGAN = 'runBegan';
/** Signal by which a run tells its session that it waits for a decision without a seat. */
export const RUN_WAITS = 'runWaits';
/** Signal by which a run tells its session what it has come to, when its result cannot. */
export const RUN_LEFT = 'runLeft';

/** What the caller of POST /sessions said, and what was decided about it. It stays as it is. */
export interface SessionSpec {
  /** Name of a profile, or of the agent package. */
  profile: string;
  /** Name of the agent package that says who answers, in place of a profile. */
  package?: string | undefined;
  /** The session whose conversation, up to a run, it begins with. */
  fork?: SessionFork | undefined;
  /** `none`: the agent only talks; it has no tools and no servers. */
  tools?: 'none' | undefined;
  /** Seconds for which a run asks a model again that is overloaded or fails; as a job does when absent. */
  model_wait_s?: number | undefined;
  /** Seconds without a run after which it is closed; never when absent. */
  idle_ttl_s?: number | undefined;
  agent?: AgentName | undefined;
  /** The agent that the profile names, as it was when the session was created. */
  profile_agent?: AgentName | undefined;
  model?: string | undefined;
  title?: string | undefined;
  repo_url?: string | undefined;
  base_ref?: string | undefined;
  /** US dollars that all runs of the session, and of its children, may cost together. */
  max_budget_usd?: number | undefined;
  /** `ask`: what the profile says is asked for waits for a decision; `none`: it is allowed. */
  approvals: 'ask' | 'none';
  /** Seconds after which an approval counts as denied. */
  approval_timeout_s: number;
  /** How many sessions are above this one. */
  depth: number;
  max_depth: number;
  /** How many children it may have. */
  max_children: number;
  parent?: SessionParent | undefined;
}

/** What a session that is a fork takes from its source, as that was known when it was forked. */
interface SessionFork {
  session_id: string;
  /** The last run of the source that is taken over; null where none is. */
  run_id: string | null;
  /** Null where nothing was said: the session begins as any other. */
  conversation: ForkedConversation | null;
  /** What the checkout of the source began with. */
  base: Base | null;
}

/** The beginning of a conversation: up to the first message of `session_id` whose run is not one of those meant. */
export interface ForkedConversation {
  session_id: string;
  /** The agent's own id of its session. */
  agent_session: string;
  /** Data directory with the session's files. */
  disk: string;
  /** The runs up to this number are meant. */
  runs: number;
  /** Lower numbers of runs that are not. */
  without: readonly number[];
}

interface SessionParent {
  session_id: string;
  run_id: string;
  /** Whether the parent gets a message when the run for which the child was spawned ends. */
  wake: boolean;
}

/** First argument of the session workflow. */
export interface SessionInput {
  spec: SessionSpec;
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds that a run may wait for a seat. */
  ttl_s: number;
  /** False on a cluster where the search attributes could not be registered. */
  indexed: boolean;
  /** What the session was asked to do first, when it was spawned. */
  first?: { request: MessageRequest; message: MessageFacts };
  /** What an earlier run of the workflow, whose history became long, knew of the session. */
  known?: KnownSession;
}

/** What a session takes along when its workflow continues as new. */
export interface KnownSession {
  state: SessionState;
  /** The messages whose runs have not begun, by the id of the run. */
  waiting: Readonly<Record<string, RunMessage>>;
  /** What its agent is to be told with the next message. */
  notes: readonly Note[];
  /** What the message of the last run that began, or one before it, adds to the agent's system prompt. */
  instructions?: CarriedText;
  keys: readonly KeptKey[];
  /** The last words of its agent; cut at 8 KiB. */
  last_output: string;
  remembered: readonly RememberedRule[];
  /** Present where nothing more is taken. */
  closing?: CloseRequest;
}

/** An update that was carried out: the same again gets the same outcome. */
export interface KeptKey {
  /** Id of the update. */
  key: string;
  outcome: PostOutcome | SpawnOutcome | EscalationOutcome;
}

type MessageRole = 'user' | 'system' | 'assistant' | 'tool';

/** What to do with a message while a run is under way: after all that waits; at once, which interrupts; not at all. */
export const BUSY_MODES = ['queue', 'steer', 'reject'] as const;
export type BusyMode = (typeof BUSY_MODES)[number];

/** Where a text is kept that is too long for Temporal: see store/contents.ts. */
export interface ContentRef {
  /** SHA-256 of the bytes, in hexadecimal digits. */
  sha256: string;
  bytes: number;
  media_type: string;
}

/** Texts up to this many UTF-8 bytes travel by Temporal; a longer one is a ContentRef. */
export const MAX_INLINE_BYTES = 32 * 1024;

/** A text as it travels by Temporal: itself, or its beginning and where all of it is kept. */
export interface CarriedText {
  text: string;
  content?: ContentRef;
}

/** Argument of POST_MESSAGE. */
export interface MessageRequest {
  role: MessageRole;
  text?: string;
  content?: ContentRef;
  /** Pictures. */
  images?: ContentRef[];
  mode: BusyMode;
  /** SHA-256 of what the caller said, by which a repeated key is compared. */
  body_hash: string;
  /** Added to the agent's system prompt from this message on, in place of what an earlier one said. */
  instructions?: CarriedText;
  /** Seconds that the agent may take to answer, in place of the profile's. */
  timeout_s?: number;
  /** Who says it, where that is not the owner: a child's run. */
  from_run?: string;
}

/** A message as its session keeps it. */
export interface MessageFacts {
  /** UUID: the agent's CLI knows the message by it. */
  id: string;
  role: MessageRole;
  /** First 1 KiB. */
  text: string;
  text_cut: boolean;
  /** ISO 8601. */
  created_at: string;
}

/** What POST_MESSAGE answers. `run` is null where the role of the message is not `user`. */
export interface PostOutcome {
  message: MessageFacts;
  run: RunBrief | null;
  body_hash: string;
}

/** Argument of DELIVER_WORK. */
export interface DeliverRequest {
  /** First line of a commit for what was not committed, and of the pull request. */
  title?: string;
  body_hash: string;
}

/** What is known of a run from the moment at which its message was posted. */
export interface RunBrief {
  id: string;
  number: number;
  message: MessageFacts;
  /** The child run whose end or escalation it answers. */
  from_run?: string;
  /** Present where no agent answers: the work of the session is delivered. */
  delivery?: DeliverRequest;
}

/** What a run's agent is told. */
export interface RunMessage {
  id: string;
  text?: string;
  content?: ContentRef;
  images?: ContentRef[];
  instructions?: CarriedText;
  timeout_s?: number;
  /** The traceparent of the request that has posted it. */
  trace?: string;
}

/** Something that the agent is told with the next message, and readers at once. */
export interface Note {
  role: MessageRole;
  text: string;
}

export const SESSION_STATUSES = ['idle', 'running', 'waiting_approval', 'closing', 'closed', 'failed'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** The static part of a session's memo. */
export interface SessionBrief {
  spec: SessionSpec;
  owner: string;
  /** ISO 8601. */
  created_at: string;
  request_hash: string;
}

/** The live part of a session's memo: a session is read from it with all workers dead. */
export interface SessionState {
  status: SessionStatus;
  /** How many runs were asked for, and how many of them have begun and ended. */
  runs: number;
  ended_runs: number;
  messages: number;
  /** The run that is a workflow now. */
  active: RunBrief | null;
  /** Runs that have not begun, in order; at most MAX_QUEUED_RUNS. */
  queue: readonly RunBrief[];
  /** The last runs that were cancelled before they began: they never were workflows. */
  dropped: readonly DroppedRun[];
  /** Those that wait, and the last ones that were decided. */
  approvals: readonly ApprovalState[];
  children: readonly ChildState[];
  /** Identity of the data directory that has the files and the agent's session. */
  disk: string | null;
  hostname: string | null;
  /** The agent's own id of its session. */
  agent_session: string | null;
  /** Raised whenever the agent began anew: what was kept warm before is of no use. */
  generation: number;
  /** Whether its folder, or checkout, and its profile are on `disk`. */
  prepared: boolean;
  /** What the profile says; null before the first run. */
  profile: ProfileFacts | null;
  /** The last shas that were recorded for delivery. */
  recorded: readonly string[];
  /** Sequence number of the last event that a run's host has reported. */
  seq: number;
  base: Base | null;
  branch: string | null;
  sha: string | null;
  pr_url: string | null;
  worktree_path: string | null;
  spent: Spent;
  /** What its children have cost. */
  children_cost_usd: number;
  num_turns: number;
  updated_at: string;
  closed_at: string | null;
  /** Why it failed, or what its closing left behind. */
  error: { code: FailureType; message: string } | null;
  warnings: readonly string[];
}

/** Runs of one session that may wait. */
export const MAX_QUEUED_RUNS = 100;

interface DroppedRun extends RunBrief {
  ended_at: string;
}

/** A child session, as its parent knows it. */
export interface ChildState {
  session_id: string;
  /** The run that spawned it. */
  run_id: string;
  /** The child's run for which it was spawned. */
  child_run_id: string;
  /** `running` until that run has ended. */
  status: 'running' | 'succeeded' | 'failed' | 'cancelled';
}

/** Argument of SPAWN_CHILD. */
export interface SpawnRequest {
  session_id: string;
  run_id: string;
  task: MessageRequest;
  /** What is other than in the parent. */
  spec: Partial<
    Pick<SessionSpec, 'profile' | 'agent' | 'model' | 'title' | 'max_budget_usd' | 'repo_url' | 'base_ref'>
  >;
  wake: boolean;
  body_hash: string;
}

export interface SpawnOutcome {
  session_id: string;
  run: RunBrief;
  body_hash: string;
}

export const REQUEST_KINDS = ['message', 'question', 'approval_request', 'permission_request', 'result'] as const;

/** Argument of ESCALATE: what a child's run tells its parent. */
export interface Escalation {
  from_session: string;
  from_run: string;
  text: string;
  request_kind: string;
  /** Whether it starts a run of the parent. */
  wake: boolean;
  body_hash: string;
}

export interface EscalationOutcome {
  message: MessageFacts;
  run: RunBrief | null;
  body_hash: string;
}

/** Payload of CHILD_RUN_ENDED. */
export interface ChildRunEnd {
  session_id: string;
  run_id: string;
  status: 'succeeded' | 'failed' | 'cancelled';
  /** The agent's last words, or why it failed; cut at 8 KiB. */
  text: string;
  cost_usd: number;
  /** Whether the parent's agent is to be told by a message. */
  wake: boolean;
}

/** What CANCEL_QUEUED_RUN answers: false where the run has begun, or there is none of that id. */
export interface CancelOutcome {
  cancelled: boolean;
}

/** Payload of RUN_BEGAN. */
export interface RunBegan {
  run_id: string;
  disk: string;
  hostname: string;
}

/** Argument of CLOSE_SESSION. `cancel`: what runs and waits is cancelled first; else it is waited for. */
export interface CloseRequest {
  cancel: boolean;
}
