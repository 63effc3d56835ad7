/** Buttons for what the server shows of an answer. */
import { button } from './dom.js';

/** What can be shown, and the name of it in what the server says. */
const SWITCHES = [
  ['thinking', 'Thinking'],
  ['tools', 'Tools'],
  ['narration', 'Narration'],
];

export class Toggles {
  #place;
  #command;
  /** @type {Record<string, boolean>} */
  #shown = {};

  /**
   * @param {any} place
   * @param {(text: string) => Promise<string>} command Sends a message that only sets or asks what is shown.
   */
  constructor(place, command) {
    this.#place = place;
    this.#command = command;
    this.#draw();
  }

  /** Asks the server what it shows. */
  read() {
    return this.#tell('/stream-status');
  }

  /** Takes what the server has said, as JSON; other words are left alone. @param {string} said */
  take(said) {
    try {
      this.#shown = JSON.parse(said);
    } catch {
      return;
    }
    this.#draw();
  }

  /** @param {string} text */
  async #tell(text) {
    for (const each of this.#place.children) each.setAttribute('aria-busy', 'true');
    try {
      this.take(await this.#command(text));
    } catch {
      // Nothing is lost: the buttons stay as they were.
    } finally {
      for (const each of this.#place.children) each.removeAttribute('aria-busy');
    }
  }

  #draw() {
    const buttons = SWITCHES.map(([name = '', label = '']) => {
      const isShown = this.#shown[`show_${name}`] !== false;
      const press = () => this.#tell(`/${isShown ? 'hide' : 'show'}-${name}`);
      const title = `${label}: ${isShown ? 'shown' : 'hidden'}, from the next answer on changed by this`;
      return button(label, press, { className: 'toggle', 'aria-pressed': isShown, title });
    });
    const focused = [...this.#place.children].indexOf(document.activeElement);
    this.#place.replaceChildren(...buttons);
    buttons[focused]?.focus();
  }
}
