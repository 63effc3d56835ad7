/** The open chat: what was said in it, and the turn that is under way. */
import { addChunk, historyOf, textOf } from './answer.js';
import { newChat, newId, saveChat, updateChat } from './chats.js';
import { byId } from './dom.js';
import { ChatView } from './chat-view.js';
import { ask, ServerError } from './server.js';
import { sendCommand, sendTurn } from './turn.js';

/** @import { Answer, Chat } from './chats.js' */
/** @import { Toggles } from './toggles.js' */

/** How often a chat is kept while an answer grows (milliseconds). */
const SAVE_EVERY_MS = 1_000;

export class Conversation {
  /** @type {Chat} */
  chat = newChat();
  /** @type {AbortController | undefined} */
  #turn;
  /** Number of the message that is being changed; undefined where none is. @type {number | undefined} */
  #editing;
  #hooks;
  #view;

  /** @param {{ onChanged: () => void, needsKey: (problem: string) => void }} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
    this.#view = new ChatView({
      edit: (at) => this.#edit(at),
      regenerate: (at) => void this.#answer(at),
      decide: (id, allow, reason) => this.command(allow ? `/approve ${id}` : `/deny ${id} ${reason}`.trim()),
    });
  }

  get isRunning() {
    return this.#turn !== undefined;
  }

  /** Leaves the chat that was open as it is: its turn goes on when it is opened again. @param {Chat} chat */
  open(chat) {
    this.#leave();
    this.chat = chat;
    this.keep();
    this.#view.open(chat);
    this.#showState();
  }

  /** Goes on with the answer that was under way when the page, or the chat, was left. */
  async resume() {
    const last = this.chat.messages.at(-1);
    if (last?.role === 'assistant' && last.state === 'running' && !this.isRunning) await this.#run(last);
  }

  /** @param {string} text @param {Toggles} toggles */
  async say(text, toggles) {
    const at = this.#editing ?? this.chat.messages.length;
    this.keep();
    this.chat.messages.splice(at);
    this.chat.messages.push({ role: 'user', text });
    this.chat.title ||= text.trim().split('\n', 1)[0]?.slice(0, 60) ?? '';
    await this.#answer(at + 1, toggles);
  }

  /** Stops the agent, whatever it does; what it has said stays. */
  stop() {
    const last = this.chat.messages.at(-1);
    if (last?.role !== 'assistant' || !this.isRunning) return;
    last.state = 'stopped';
    this.#turn?.abort();
    if (last.run !== null)
      void ask(`runs/${last.run}/cancel`, { method: 'POST' }).catch((error) => this.fail(error.message));
  }

  /** Gives up changing an earlier message. */
  keep() {
    if (this.#editing !== undefined) byId('prompt').value = '';
    this.#editing = undefined;
    byId('editing').hidden = true;
  }

  /** Says what is wrong where no answer can say it. @param {string} problem */
  fail(problem) {
    byId('problem').textContent = problem;
    byId('problem').hidden = problem === '';
  }

  /** Sends a message that is no part of the conversation; answers what the server says. @param {string} text */
  command(text) {
    return sendCommand(this.chat.model, this.chat.id, text);
  }

  /** @param {number} at */
  #edit(at) {
    const message = this.chat.messages[at];
    if (message?.role !== 'user' || this.isRunning) return;
    this.#editing = at;
    byId('editing').hidden = false;
    byId('prompt').value = message.text;
    byId('prompt').dispatchEvent(new Event('input'));
    byId('prompt').focus();
  }

  /** Has the message before `at` answered; what stood there goes. @param {number} at @param {Toggles} [toggles] */
  async #answer(at, toggles) {
    if (this.isRunning) return;
    this.fail('');
    this.chat.messages.splice(at);
    this.chat.messages.push({ role: 'assistant', parts: [], state: 'running', key: newId(), run: null });
    const answer = /** @type {Answer} */ (this.chat.messages.at(-1));
    this.#save();
    this.#view.draw(this.chat);
    this.#view.toEnd();
    await this.#run(answer, toggles);
  }

  /** @param {Answer} answer @param {Toggles} [toggles] */
  async #run(answer, toggles) {
    const { chat } = this;
    const turn = (this.#turn = new AbortController());
    this.#showState();
    let saved = Date.now();
    try {
      await sendTurn({
        ...{ model: chat.model, conversation: chat.id, whole: true, key: answer.key, signal: turn.signal },
        messages: historyOf(chat, answer),
        onBegun: ({ run }) => (answer.run = run),
        onAgain: () => (answer.parts = []),
        onLink: (link) => this.#view.link(link),
        onChunk: (chunk) => {
          answer.facts = addChunk(answer.parts, chunk) ?? answer.facts;
          if (chunk.choices?.[0]?.x_agenticore_event_type === 'stream_config')
            toggles?.take(chunk.choices[0].delta.content);
          this.#view.draw(chat);
          if (Date.now() - saved > SAVE_EVERY_MS) ((saved = Date.now()), updateChat(chat));
        },
      });
      answer.state = 'done';
    } catch (error) {
      if (!turn.signal.aborted) this.#failed(answer, error);
    }
    updateChat(chat);
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    this.#view.link('');
    this.#view.draw(chat);
    this.#view.announce(answer.state === 'done' ? `The agent answered: ${textOf(answer.parts)}` : 'The answer ended.');
    this.#showState();
    this.#hooks.onChanged();
  }

  /** @param {Answer} answer @param {unknown} error */
  #failed(answer, error) {
    answer.state = 'failed';
    answer.problem = error instanceof Error ? error.message : String(error);
    if (error instanceof ServerError && error.status === 401) this.#hooks.needsKey(answer.problem);
  }

  /** The agent works on while another chat is looked at, as long as its server lets it. */
  #leave() {
    this.#turn?.abort();
    this.#turn = undefined;
  }

  #save() {
    this.chat.changed = Date.now();
    saveChat(this.chat);
    this.#hooks.onChanged();
  }

  #showState() {
    byId('send').hidden = this.isRunning;
    byId('stop').hidden = !this.isRunning;
    this.#view.draw(this.chat);
  }
}
