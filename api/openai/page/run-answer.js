/** One answer, from the first word to the last, also over broken connections, reloads and decisions. */
import { addChunk, historyOf } from './answer.js';
import { updateChat } from './chats.js';
import { ServerError } from './server.js';
import { sendTurn } from './turn.js';

/** @import { Answer, Chat } from './chats.js' */

/** How often a chat is kept while an answer grows (milliseconds). */
const SAVE_EVERY_MS = 1_000;

/**
 * @typedef {object} Run
 * @property {Chat} chat
 * @property {Answer} answer
 * @property {AbortSignal} signal
 * @property {string} [decision] `/approve` or `/deny`, after which the answer goes on.
 * @property {() => void} onChange
 * @property {(shown: string) => void} onSettings What the server shows of answers, as JSON.
 * @property {(link: string) => void} onLink
 */

/**
 * Has an answer come, or go on, until it is complete or the agent waits for a decision, and says in `answer` how it
 * ended. Answers the error that it failed with.
 * @param {Run} run
 * @returns {Promise<unknown>}
 */
export async function runAnswer(run) {
  const { chat, answer, signal } = run;
  let failed;
  answer.state = 'running';
  try {
    await sendTurn({
      ...{ model: chat.model, conversation: chat.id, whole: true, key: answer.key, signal },
      messages: historyOf(chat, answer),
      ...(run.decision !== undefined && { decision: run.decision, after: answer.after ?? '' }),
      onBegun: ({ run: id }) => (answer.run = id ?? answer.run),
      onAgain: () => (answer.parts = []),
      onLink: run.onLink,
      onChunk: chunkTaker(run),
    });
    answer.state = answer.facts?.terminal_reason === 'waiting_approval' ? 'waiting' : 'done';
  } catch (error) {
    if (!signal.aborted) {
      failed = error;
      answer.state = 'failed';
      answer.problem = error instanceof Error ? error.message : String(error);
      if (error instanceof ServerError && error.code === 'approval_decided') answer.state = 'waiting';
    }
  }
  updateChat(chat);
  return failed;
}

/** @param {Run} run @returns {(chunk: any, id: string) => void} */
function chunkTaker({ chat, answer, onChange, onSettings }) {
  let saved = Date.now();
  return (chunk, id) => {
    answer.facts = addChunk(answer.parts, chunk) ?? answer.facts;
    answer.run = /^chatcmpl-(.+)$/.exec(chunk.id ?? '')?.[1] ?? answer.run;
    answer.after = id || answer.after;
    const [choice] = chunk.choices ?? [];
    if (choice?.x_agenticore_event_type === 'stream_config') onSettings(choice.delta.content);
    onChange();
    if (Date.now() - saved > SAVE_EVERY_MS) {
      saved = Date.now();
      updateChat(chat);
    }
  };
}
