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
export type ConversationTier = 'session' | 'conversation' | 'metadata' | 'hash' | 'new' | 'ephemeral';

/** One request to answer, as it was asked for; nothing of it is looked up yet. */
export interface ChatTurn {
  owner: string;
  package: AgentPackage;
  /** Model of the agent's CLI, where the request names one. */
  cli_model: string | undefined;
  messages: readonly ChatMessage[];
  /** Which conversation the client says that it is, and in which header or field. */
  conversation: { id: string; tier: 'session' | 'conversation' | 'metadata'; history: 'full' | 'append' } | undefined;
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
  /** Whether this request started it; else it attaches to what another one has started. */
  is_new: boolean;
}

/** A request that only sets or asks what is shown: nothing runs. */
interface ShownSettings {
  kind: 'settings';
  show: Visibility;
}

/** What a request comes to. */
export type Begun = BegunTurn | ShownSettings;
