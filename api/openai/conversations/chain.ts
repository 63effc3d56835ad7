import { createHash } from 'node:crypto';
import type { ChatMessage } from '../turn.ts';

/** A turn of a client's history. */
export interface PastTurn {
  /** Names all that was said up to the user's message of the turn, with it. */
  chain: string;
  /** What the client has kept as the answer; empty where it has none. */
  answer: string;
  /** How many messages of the history belong to this turn and those before it. */
  end: number;
}

export const shortHash = (...parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** An answer as it is compared: clients change the white space around and in it. */
export const plainText = (text: string): string => text.replace(/\s+/g, ' ').trim();

const linkOf = (chain: string, { role, text, images }: ChatMessage): string =>
  role === 'assistant'
    ? shortHash(chain, role, plainText(text))
    : shortHash(chain, role, text.trim(), ...images.map(({ data }) => shortHash(data)));

/**
 * The turns of a history, whose first message follows on what `root` names, and the chain of a message that is said
 * next. An answer with no message of the user before it belongs to no turn.
 */
export function chainOf(
  root: string,
  before: readonly ChatMessage[],
  last: ChatMessage,
): { past: PastTurn[]; here: string } {
  const past: PastTurn[] = [];
  let chain = root;
  for (const [index, message] of before.entries()) {
    chain = linkOf(chain, message);
    const turn = past.at(-1);
    if (message.role === 'user') past.push({ chain, answer: '', end: index + 1 });
    else if (turn !== undefined) past.splice(-1, 1, { ...turn, answer: message.text, end: index + 1 });
  }
  return { past, here: linkOf(chain, last) };
}
