import { hashOf } from '../../jobs/brief.ts';
import type { ChatMessage, ChatTurn, ConversationTier } from '../turn.ts';
import { chainOf, shortHash, type PastTurn } from './chain.ts';
import type { History } from './history.ts';

/** Where a turn stands: in which conversation, and after what. */
export interface Place {
  tier: ConversationTier;
  /** Whether the client names the conversation; else it is known by its history alone. */
  isNamed: boolean;
  /** Names the conversation; without a name, what every history like it begins with. */
  root: string;
  /** The turns before this one, as the client shows them. */
  past: readonly PastTurn[];
  before: readonly ChatMessage[];
  /** The chain up to the message of this turn. */
  here: string;
  /** Whether the client sends nothing but what is new. */
  isAppended: boolean;
  /** Hash of the system message; null without one. */
  instructions: string | null;
  /** Hash of all that is asked. */
  body_hash: string;
}

/** Names of what is one person's and one agent's: owner, user and package, and the model that is asked for. */
const whose = ({ owner, user, package: { name }, cli_model }: ChatTurn): unknown[] => [
  owner,
  user ?? null,
  name,
  cli_model ?? null,
];

export function placeOf(turn: ChatTurn, { before, last, instructions }: History): Place {
  const { conversation, after } = turn;
  const named = conversation && [conversation.tier === 'session', conversation.id];
  const follows = after && ['after', after.session_id, after.run];
  const root = shortHash(...whose(turn), ...(named ?? follows ?? ['history', instructions ?? null]));
  const { past, here } = chainOf(root, before, last);
  return {
    tier: conversation?.tier ?? (after !== undefined ? 'response' : past.length === 0 ? 'new' : 'hash'),
    isNamed: conversation !== undefined,
    ...{ root, past, before, here },
    isAppended: conversation?.history === 'append' && before.length === 0,
    instructions: instructionsHash(instructions),
    body_hash: hashOf({ root, here, instructions, timeout: turn.timeout_s }),
  };
}

/** By what a system message is compared; null without one. */
export const instructionsHash = (instructions: string | undefined): string | null =>
  instructions === undefined ? null : shortHash(instructions);

/** The list that has the turn of a chain. */
export const listOf = ({ isNamed, root }: Place, chain: string): string => `chat:${isNamed ? root : chain}`;
