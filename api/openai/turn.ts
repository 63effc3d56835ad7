import type { AgentPackage, ToolDisplay, Visibility } from '../../packages/package.ts';

/** A message of the client's history, with its parts put together. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  text: string;
  /** Pictures of a user's message, checked and fetched. */
  images: readonly ChatImage[];
}

/** A picture, in base64. */
export interface ChatImage {
  media_type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  data: string;
}

/** How the session of a turn was found. */
export type ConversationTier = 'session' | 'conversation' | 'metadata' | 'response' | 'hash' | 'new' | 'ephemeral';

/** The answer after which a turn goes on. */
export interface PreviousAnswer {
  session_id: string;
  run: number;
  /** What the agent was told then by the system message; undefined without one. */
  instructions: string | undefined;
}

/** One request to answer, as it was asked for; nothing of it is looked up yet. */
export interface ChatTurn {
  owner: string;
  package: AgentPackage;
  /** Model of the agent's CLI, where the request names one. */
  cli_model: string | undefined;
  messages: readonly ChatMessage[];
  /** Which conversation the client says that it is, and in which header or field. */
  conversation: { id: string; tier: 'session' | 'conversation' | 'metadata'; history: 'full' | 'append' } | undefined;
  /** The answer that it goes on after, where the request names one; then it names no conversation. */
  after: PreviousAnswer | undefined;
  /** Whether a later request may name its answer. */
  is_stored: boolean;
  /** Whether it is answered to the end although nobody waits for that. */
  in_background: boolean;
  /** Tells persons apart who share a key. */
  user: string | undefined;
  idempotency_key: string | undefined;
  /** Whether the client says that it has asked the same before. */
  is_retry: boolean;
  /** Last event that the client has seen of the same turn. */
  last_event_id: number | undefined;
  /** A title, tags, follow-up questions: neither a conversation nor an agent with tools. */
  is_task: boolean;
  tool_display: ToolDisplay | undefined;
  /** Seconds that the answer may take, in place of the package's. */
  timeout_s: number | undefined;
}

/** A turn that is under way, or was. */
export interface BegunTurn {
  kind: 'turn';
  tier: ConversationTier;
  session_id: string;
  run_id: string;
  /** Number of the run in its session. */
  number: number;
  /** Its events come after this one in the session's stream. */
  cursor: number;
  show: Visibility;
}

/** A turn as far as the records of conversations tell: nothing has run for it. */
export interface ClaimedTurn extends Pick<BegunTurn, 'kind' | 'tier' | 'show'> {
  /**
   * Where its run is to be; the frames tell where it was, should its session be gone, or be written to by others.
   * Undefined where Temporal alone knows.
   */
  session_id: string | undefined;
  run_id: string | undefined;
  /**
   * Starts its run, or joins the one that there is. Every turn that this answers is to be followed by
   * Conversations.answered or Conversations.left. Throws 409 `conversation_busy`, `approval_decided` and
   * `session_closed`, 404 `approval_not_found` and `session_not_found`, 429 `queue_full`, and 503 `no_worker`.
   */
  start: () => Promise<BegunTurn>;
}

/** A request that only sets or asks what is shown: nothing runs. */
interface ShownSettings {
  kind: 'settings';
  show: Visibility;
}

/** What a request asks for. */
export type Claimed = ClaimedTurn | ShownSettings;
