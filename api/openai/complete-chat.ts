import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ChatCompletion } from '../../contract/http/chat.ts';
import { KEEPALIVE_MS } from '../http/sse.ts';
import { completionAtEnd, settingsCompletion } from './completion.ts';
import { streamedError } from './errors.ts';
import { followTurn } from './follow-turn.ts';
import { goneSignal, takeResponse } from './frame-stream.ts';
import { GatheredAnswer } from './render/gathered.ts';
import { TurnReading } from './render/reading.ts';
import { settleTurn, type ChatDeps } from './stream-chat.ts';
import { turnHeaders } from './summary.ts';
import type { BegunTurn, ChatTurn } from './turn.ts';

/** A turn that is answered as a whole. */
export interface WholeTurn {
  turn: ChatTurn;
  /** As the client has written it. */
  model: string;
  /** The client waits for headers that come at once, at the price of errors that have no status. */
  earlyHeaders: boolean;
}

/** Answers a turn when it is over; throws what it failed with. */
export async function completeChat(
  deps: ChatDeps,
  asked: WholeTurn,
  reply: FastifyReply,
): Promise<ChatCompletion | undefined> {
  const gone = goneSignal(reply);
  const claimed = await deps.conversations.claim(asked.turn);
  if (claimed.kind === 'settings') return settingsCompletion(claimed.show, asked.model);
  if (!asked.earlyHeaders) {
    const begun = await claimed.start();
    reply.headers(turnHeaders(begun));
    return answerOf(deps, asked, begun, gone);
  }
  const raw = opened(reply.headers(turnHeaders(claimed)));
  const blank = setInterval(() => raw.write(' '), KEEPALIVE_MS);
  const answer = await claimed
    .start()
    .then((begun) => answerOf(deps, asked, begun, gone))
    .catch((error: unknown) => streamedError(error));
  clearInterval(blank);
  raw.end(JSON.stringify(answer ?? {}));
  return undefined;
}

/** Has the headers sent; blanks before JSON mean nothing. */
function opened(reply: FastifyReply): ServerResponse {
  const raw = takeResponse(reply.type('application/json; charset=utf-8'));
  raw.write(' ');
  return raw;
}

/** The completion; undefined where nobody waits for it any more. */
async function answerOf(
  deps: ChatDeps,
  { turn, model }: WholeTurn,
  begun: BegunTurn,
  gone: AbortSignal,
): Promise<ChatCompletion | undefined> {
  const reading = new TurnReading(begun.show, begun.cursor);
  const answer = new GatheredAnswer();
  try {
    const followed = { begun, owner: turn.owner, reading, gone };
    const end = await followTurn(deps, followed, (pieces) => answer.addAll(pieces));
    answer.addAll(reading.end());
    return completionAtEnd({ begun, reading, answer }, end, { model });
  } finally {
    await settleTurn(deps, turn, begun, reading);
  }
}
