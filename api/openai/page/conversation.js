/** The open chat: what was said in it, and the turn that is under way. */
import { textOf } from './answer.js';
import { ChatView } from './chat-view.js';
import { newChat, newId, saveChat, updateChat } from './chats.js';
import { byId } from './dom.js';
import { runAnswer } from './run-answer.js';
import { ask, ServerError } from './server.js';
import { sendCommand } from './turn.js';

/** @import { Answer, Chat } from './chats.js' */

/** What is said of the end of an answer to those who hear the page. */
const ENDINGS = {
  running: '',
  done: '',
  waiting: 'The agent waits for your decision.',
  stopped: 'Stopped.',
  failed: 'The answer failed.',
};

export class Conversation {
  /** @type {Chat} */
  chat = newChat();
  /** @type {AbortController | undefined} */
  #turn;
  /** Resolves when the turn is over. @type {Promise<unknown>} */
  #coming = Promise.resolve();
  /** Number of the message that is being changed; undefined where none is. @type {number | undefined} */
  #editing;
  #hooks;
  #view;

  /** @param {{ onChanged: () => void, onSettings: (shown: string) => void, needsKey: (problem: string) => void }} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
    this.#view = new ChatView({
      edit: (at) => this.#edit(at),
      regenerate: (at) => void this.#answer(at),
      decide: (id, allow, reason) => this.#decide(allow ? `/approve ${id}` : `/deny ${id} ${reason}`.trim()),
    });
  }

  /** Whether an answer comes, or waits for a decision. */
  get isRunning() {
    return this.#turn !== undefined || this.#last?.state === 'waiting';
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
    const last = this.#last;
    const goesOn = last?.state === 'running' || last?.state === 'waiting';
    if (last !== undefined && goesOn && this.#turn === undefined) await this.#run(last);
  }

  /** @param {string} text */
  async say(text) {
    const at = this.#editing ?? this.chat.messages.length;
    this.keep();
    this.chat.messages.splice(at);
    this.chat.messages.push({ role: 'user', text });
    this.chat.title ||= text.trim().split('\n', 1)[0]?.slice(0, 60) ?? '';
    await this.#answer(at + 1);
  }

  /** Stops the agent, whatever it does; what it has said stays. */
  stop() {
    const last = this.#last;
    if (last === undefined || !this.isRunning) return;
    last.state = 'stopped';
    this.#turn?.abort();
    updateChat(this.chat);
    this.#showState();
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

  /** Has the message before `at` answered; what stood there goes. @param {number} at */
  async #answer(at) {
    if (this.#turn !== undefined) return;
    this.fail('');
    this.chat.messages.splice(at);
    this.chat.messages.push({ role: 'assistant', parts: [], state: 'running', key: newId(), run: null });
    const answer = /** @type {Answer} */ (this.chat.messages.at(-1));
    this.#save();
    this.#view.draw(this.chat);
    this.#view.toEnd();
    await this.#run(answer);
  }

  /** @param {Answer} answer @param {string} [decision] */
  #run(answer, decision) {
    const coming = this.#follow(answer, decision);
    this.#coming = coming.catch(() => undefined);
    return coming;
  }

  /** @param {Answer} answer @param {string} [decision] */
  async #follow(answer, decision) {
    const { chat } = this;
    const turn = (this.#turn = new AbortController());
    this.#showState();
    const error = await runAnswer({
      ...{ chat, answer, signal: turn.signal },
      ...(decision !== undefined && { decision }),
      onChange: () => this.#view.draw(chat),
      onSettings: this.#hooks.onSettings,
      onLink: (link) => this.#view.link(link),
    });
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    this.#view.link('');
    this.#view.announce(
      answer.state === 'done' ? `The agent answered: ${textOf(answer.parts)}` : ENDINGS[answer.state],
    );
    this.#showState();
    this.#hooks.onChanged();
    if (error instanceof ServerError && error.status === 401) this.#hooks.needsKey(error.message);
    return error;
  }

  /** Tells the agent what was decided; the answer goes on where the agent waits for it. @param {string} command */
  async #decide(command) {
    const answer = this.#last;
    if (answer === undefined || this.#turn !== undefined) {
      const said = await sendCommand(this.chat.model, this.chat.id, command);
      if (answer !== undefined) void this.#goOn(answer);
      return said;
    }
    const error = await this.#run(answer, command);
    if (!(error instanceof ServerError)) return '';
    if (error.code === 'approval_decided') void this.#run(answer);
    throw error;
  }

  /**
   * The stream of an answer ends when its agent waits: before the decision was taken, or after. Either way the answer
   * goes on now. @param {Answer} answer
   */
  async #goOn(answer) {
    await this.#coming;
    if (answer === this.#last && answer.state === 'waiting' && this.#turn === undefined) await this.#run(answer);
  }

  /** The last answer. @returns {Answer | undefined} */
  get #last() {
    const last = this.chat.messages.at(-1);
    return last?.role === 'assistant' ? last : undefined;
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
