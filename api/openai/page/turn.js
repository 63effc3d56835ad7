/** One message to the agent and the stream that answers it. */
import { newId } from './chats.js';
import { ask, sentence, ServerError } from './server.js';

/** Silence after which a connection counts as broken (milliseconds): the server says something every 15 s. */
const SILENCE_MS = 40_000;

/** How long a connection that breaks again and again is tried (milliseconds). */
const PATIENCE_MS = 10 * 60_000;

/** Errors in a stream after which the same may be asked again, by the statuses that they have elsewhere. @type {Readonly<Record<string, number>>} */
const PASSING = { at_capacity: 503, rate_limit_exceeded: 429 };

/**
 * @typedef {{ role: string, content: string }} ChatMessage
 * @typedef {object} Turn
 * @property {string} model
 * @property {string} conversation
 * @property {ChatMessage[]} messages
 * @property {boolean} whole Whether `messages` is all that was said, or one message more.
 * @property {string} key The same for every try of the same turn.
 * @property {AbortSignal} signal
 * @property {string} [decision] Message that is sent in place of all that, the first time; what comes then goes on `after` it.
 * @property {string} [after] Id of the last event that came before.
 * @property {(chunk: any, id: string) => void} onChunk
 * @property {(ids: { run: string | null }) => void} [onBegun]
 * @property {() => void} [onAgain] All of the answer comes once more.
 * @property {(link: string) => void} [onLink] Says what the connection does; empty where all is well.
 */

/**
 * Sends a turn and hands over its chunks until it is complete. A connection that breaks is made anew: the server goes on
 * after the last event that came, so that nothing is lost or doubled. Throws a ServerError for what the server refuses
 * or the agent cannot do.
 * @param {Turn} turn
 */
export async function sendTurn(turn) {
  let { after = '', decision } = turn;
  for (let tries = 0, since = Date.now(); ;) {
    try {
      const response = await (decision === undefined ? post(turn, after) : post(decided(turn, decision), ''));
      turn.onBegun?.({ run: response.headers.get('x-agenticore-run-id') });
      if (after === '') turn.onAgain?.();
      for await (const { id, data } of events(response, turn.signal)) {
        if (data === '[DONE]') return;
        [tries, since] = [0, Date.now()];
        turn.onLink?.('');
        take(turn, JSON.parse(data), id);
        decision = undefined;
        after = id || after;
      }
      throw new ServerError('The connection broke. Try again.', { retryAfter: 0 });
    } catch (error) {
      if (turn.signal.aborted || !(error instanceof ServerError) || error.retryAfter === undefined) throw error;
      if (Date.now() - since > PATIENCE_MS) throw error;
      turn.onLink?.(error.status === 503 ? 'Waiting for a free place …' : 'Connecting again …');
      await pause(Math.max(error.retryAfter * 1_000, Math.min(250 * 2 ** tries++, 8_000)), turn.signal);
    }
  }
}

/**
 * Sends a message that is no part of the conversation, such as a toggle, and answers what the server says to it.
 * @param {string} model @param {string} conversation @param {string} text
 */
export async function sendCommand(model, conversation, text) {
  let said = '';
  await sendTurn({
    ...{ model, conversation, whole: false, key: newId(), messages: [{ role: 'user', content: text }] },
    signal: AbortSignal.timeout(30_000),
    onAgain: () => (said = ''),
    onChunk: ({ choices: [choice] = [] }) => (said += choice?.delta?.content ?? ''),
  });
  return said.trim();
}

/** @param {Turn} turn @param {string} content @returns {Turn} */
const decided = (turn, content) => ({ ...turn, whole: false, key: newId(), messages: [{ role: 'user', content }] });

/** @param {Turn} turn @param {string} after */
const post = ({ model, conversation, messages, whole, key, signal }, after) =>
  ask('v1/chat/completions', {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'application/json',
      'x-conversation-id': conversation,
      'idempotency-key': key,
      'x-agenticore-tool-display': 'structured',
      ...(whole && { 'x-agenticore-history': 'full' }),
      ...(after && { 'last-event-id': after }),
    },
    body: JSON.stringify({ model, messages, stream: true }),
  });

/** @param {Turn} turn @param {any} chunk @param {string} id */
function take({ onChunk }, chunk, id) {
  const { error } = chunk;
  if (error === undefined) return onChunk(chunk, id);
  const status = PASSING[error.code ?? ''];
  const wait = status === undefined ? {} : { status, retryAfter: 5 };
  throw new ServerError(sentence(error.message ?? 'The agent failed', error.code ?? ''), { code: error.code, ...wait });
}

/**
 * The events of a stream, until it ends or breaks.
 * @param {Response} response
 * @param {AbortSignal} signal
 */
async function* events(response, signal) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await quietFor(SILENCE_MS, reader.read());
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event.data !== '') yield event;
      }
    }
  } catch (error) {
    if (signal.aborted || error instanceof ServerError) throw error;
    // What breaks a connection has many names.
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** A block that is a comment has no data. @param {string} block */
function eventOf(block) {
  const event = { id: '', data: '' };
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^(id|data): ?(.*)$/.exec(line) ?? [];
    if (name === 'id') event.id = value;
    if (name === 'data') event.data += event.data === '' ? value : `\n${value}`;
  }
  return event;
}

/** @template T @param {number} ms @param {Promise<T>} work @returns {Promise<T>} */
function quietFor(ms, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('silence')), ms);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Ends early where the network comes back. @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const end = () => (stop.abort(), resolve());
    const timer = setTimeout(end, ms);
    stop.signal.addEventListener('abort', () => clearTimeout(timer));
    window.addEventListener('online', end, { signal: stop.signal });
    signal.addEventListener('abort', () => (stop.abort(), reject(signal.reason)), { signal: stop.signal });
  });
}
