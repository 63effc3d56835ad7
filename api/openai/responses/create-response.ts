import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { ResponseObject } from '../../../contract/http/responses.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { AgentError, streamedError } from '../errors.ts';
import { FrameStream } from '../frame-stream.ts';
import { TurnReading } from '../render/reading.ts';
import { settleTurn } from '../stream-chat.ts';
import { shownSettings, turnHeaders } from '../summary.ts';
import type { BegunTurn } from '../turn.ts';
import { FollowedResponse, type NumberedEvent } from './follow-response.ts';
import type { AskedResponse } from './parse-response.ts';
import { ResponseItems } from './response-items.ts';
import { plainState, responseId, responseUsage, usualFields } from './response.ts';

export type ResponseDeps = Pick<ApiDeps, 'conversations' | 'events' | 'sessions' | 'log' | 'responses'>;

/**
 * Begins a response, and answers with it: as a stream, which is opened before anything runs; when it is over; or at
 * once where it is in the background.
 */
export async function createResponse(
  deps: ResponseDeps,
  asked: AskedResponse & { stream: boolean },
  reply: FastifyReply,
): Promise<ResponseObject | undefined> {
  const { turn } = asked;
  const frames = new FrameStream(reply);
  const claimed = await deps.conversations.claim(turn);
  if (claimed.kind === 'settings') return settingsResponse(asked, claimed.show, frames);
  if (!asked.stream) {
    const begun = await claimed.start();
    reply.headers(turnHeaders(begun));
    return withResponse(deps, asked, begun, (followed) =>
      turn.in_background ? followed.object(plainState('queued')) : wholeResponse(followed, frames.gone),
    );
  }
  frames.open(turnHeaders(claimed));
  await streamed(frames, async () => {
    await withResponse(deps, asked, await claimed.start(), (followed) => sendEvents(followed, frames));
  });
  return undefined;
}

/** Keeps the response of a turn that has begun, and calls `answer` with it. */
async function withResponse<Result>(
  deps: ResponseDeps,
  { turn, record: said }: AskedResponse,
  begun: BegunTurn,
  answer: (followed: FollowedResponse) => Promise<Result> | Result,
): Promise<Result> {
  const { owner, is_stored: store } = turn;
  const { show, cursor, run_id } = begun;
  const record = { ...said, show, cursor };
  const followed = new FollowedResponse(deps, { begun, record, owner, store });
  try {
    if (store) await deps.responses.keep(owner, responseId(run_id), record);
    return await answer(followed);
  } finally {
    await settleTurn(deps, turn, begun, followed.reading);
  }
}

/** Streams a response that there is; `after`: its client has had the events up to this number. */
export async function streamResponse(followed: FollowedResponse, frames: FrameStream, after?: number): Promise<void> {
  frames.open({});
  await streamed(frames, () => sendEvents(followed, frames, after));
}

/** Calls `send`, and tells what it fails with as an event. */
async function streamed(frames: FrameStream, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const { message, code, param } = streamedError(error).error;
    const sequence_number = Number.MAX_SAFE_INTEGER;
    await frames.send({ type: 'error', sequence_number, code, message, param }, undefined, 'error');
  } finally {
    frames.end('');
  }
}

async function sendEvents(followed: FollowedResponse, frames: FrameStream, after = -1): Promise<void> {
  await followed.follow(frames.gone, async (event, seq) => {
    if (event.sequence_number > after) await frames.send(event, seq, event.type);
  });
}

/** The response when it is over; undefined where nobody waits for it any more. Throws what its run failed with. */
async function wholeResponse(followed: FollowedResponse, gone: AbortSignal): Promise<ResponseObject | undefined> {
  const { state, end } = await followed.follow(gone, () => undefined);
  if (end.kind === 'left') return undefined;
  if (state.error !== null) throw new AgentError(state.error);
  return followed.object(state, end);
}

/** The response to a message that only sets, or asks, what is shown: nothing runs, and nothing is kept. */
async function settingsResponse(
  { record, stream }: AskedResponse & { stream: boolean },
  show: BegunTurn['show'],
  frames: FrameStream,
): Promise<ResponseObject | undefined> {
  const id = randomUUID();
  const items = new ResponseItems(id, record.tool_display);
  const text = JSON.stringify(shownSettings(show));
  const object = (status: 'in_progress' | 'completed'): ResponseObject => ({
    ...usualFields(record),
    ...{ ...plainState(status), id: responseId(id), store: false, output: items.output },
    usage: status === 'completed' ? responseUsage(new TurnReading(show, 0).usage) : null,
  });
  const first = object('in_progress');
  const said = [...items.take({ kind: 'text', text, begins: true, seq: 0 }), ...items.end('completed')];
  if (!stream) return object('completed');
  frames.open({});
  const begin = ['response.created', 'response.in_progress'].map((type) => ({ type, response: first }));
  const all = [...begin, ...said, { type: 'response.completed', response: object('completed') }];
  for (const [sequence_number, event] of all.entries())
    await frames.send({ sequence_number, ...event } satisfies Omit<NumberedEvent, 'type'>, undefined, event.type);
  frames.end('');
  return undefined;
}
