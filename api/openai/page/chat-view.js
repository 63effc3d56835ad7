/** The messages of the open chat, and where a person looks at them. */
import { byId, element } from './dom.js';
import { answerView, questionView } from './message.js';

/** @import { Actions } from './message.js' */
/** @import { Chat } from './chats.js' */

/** So near to the end (pixels) a reader follows what comes. */
const NEAR = 80;

export class ChatView {
  #actions;
  #log = byId('log');
  #place = byId('messages');
  /** What is drawn of each message. @type {{ of: object, node: any, update: (message: any, isLast: boolean) => void }[]} */
  #drawn = [];
  #follows = true;
  #frame = 0;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#log.addEventListener('scroll', () => this.#look());
    byId('to-end').addEventListener('click', () => this.toEnd());
    new ResizeObserver(() => this.#follow()).observe(this.#place);
    new ResizeObserver(() => this.#follow()).observe(this.#log);
  }

  /** @param {Chat} chat */
  open(chat) {
    this.#drawn = [];
    this.#place.replaceChildren();
    this.#draw(chat);
    this.toEnd();
  }

  /** Draws what has changed, with the next picture of the screen. @param {Chat} chat */
  draw(chat) {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw(chat));
  }

  toEnd() {
    this.#follows = true;
    this.#follow();
  }

  /** Says what the connection does. @param {string} text */
  link(text) {
    byId('link').textContent = text;
    byId('link').hidden = text === '';
    if (text !== '') this.announce(text);
  }

  /** For those who hear the page. @param {string} text */
  announce(text) {
    byId('status').textContent = text;
  }

  /** @param {Chat} chat */
  #draw({ messages }) {
    const same = this.#drawn.findIndex(({ of }, at) => of !== messages[at]);
    for (const { node } of this.#drawn.splice(same === -1 ? this.#drawn.length : same)) node.remove();
    messages.forEach((message, at) => {
      this.#drawn[at] ??= this.#add(message, at);
      this.#drawn[at].update(message, at === messages.length - 1);
    });
    if (messages.length > 0) return void this.#place.querySelector('.welcome')?.remove();
    this.#place.replaceChildren(welcome());
  }

  /** @param {Chat['messages'][number]} message @param {number} at */
  #add(message, at) {
    const made =
      message.role === 'user'
        ? { view: questionView(message, at, this.#actions), update: () => undefined }
        : answerView(at, this.#actions);
    this.#place.append(made.view);
    return { of: message, node: made.view, update: made.update };
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#follows = scrollHeight - scrollTop - clientHeight < NEAR;
    byId('to-end').hidden = this.#follows;
  }

  #follow() {
    if (this.#follows) this.#log.scrollTop = this.#log.scrollHeight;
    byId('to-end').hidden = this.#follows;
  }
}

const welcome = () =>
  element(
    'div',
    { className: 'welcome' },
    element('h1', {}, 'Talk to your agent'),
    element('p', {}, 'What it thinks and does shows up while it works; what needs your word waits for it.'),
  );
