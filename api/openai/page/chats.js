/** The chats of this browser. */

/** @import { Facts, Part } from './answer.js' */
/**
 * @typedef {{ role: 'user', text: string }} Question
 * @typedef {object} Answer
 * @property {'assistant'} role
 * @property {Part[]} parts
 * @property {'running' | 'waiting' | 'done' | 'stopped' | 'failed'} state `waiting`: for a decision.
 * @property {string} key Of the turn: a page that is loaded again goes on with it.
 * @property {string | null} run
 * @property {string | undefined} [after] Id of the last event that came.
 * @property {string} [problem]
 * @property {Facts | undefined} [facts]
 *
 * @typedef {object} Chat
 * @property {string} id The conversation's id, too.
 * @property {string} title
 * @property {string} model
 * @property {number} changed
 * @property {(Question | Answer)[]} messages
 */

const PREFIX = 'agenticore.chat.';

/** @returns {Chat} */
export const newChat = (model = '') => ({ id: newId(), title: '', model, changed: Date.now(), messages: [] });

/** A random UUID; the browser's own function for it is for secure addresses only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** All chats, the one that was changed last first. @returns {Chat[]} */
export function allChats() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  return names
    .flatMap((name) => parse(localStorage.getItem(name)) ?? [])
    .sort((one, other) => other.changed - one.changed);
}

/** @param {string} id @returns {Chat | undefined} */
export const readChat = (id) => parse(localStorage.getItem(PREFIX + id));

/** @param {string | null} text @returns {Chat | undefined} */
function parse(text) {
  try {
    const chat = JSON.parse(text ?? 'null');
    return Array.isArray(chat?.messages) ? chat : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a chat; where the browser has no room, the oldest ones go. @param {Chat} chat */
export function saveChat(chat) {
  for (;;) {
    try {
      return localStorage.setItem(PREFIX + chat.id, JSON.stringify(chat));
    } catch {
      const oldest = allChats().findLast(({ id }) => id !== chat.id);
      if (oldest === undefined) return;
      deleteChat(oldest.id);
    }
  }
}

/** Keeps a chat that was not deleted in the meantime. @param {Chat} chat */
export function updateChat(chat) {
  if (readChat(chat.id) !== undefined) saveChat(chat);
}

/** @param {string} id */
export const deleteChat = (id) => localStorage.removeItem(PREFIX + id);

/** Calls `changed` when another tab has changed a chat. @param {() => void} changed */
export const onOtherTab = (changed) =>
  window.addEventListener('storage', ({ key }) => {
    if (key?.startsWith(PREFIX)) changed();
  });
