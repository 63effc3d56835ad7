/** Switches to a screen of its own, without a cursor and without the breaking of long lines; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** A terminal shows what comes between these two at once, where it knows them. */
const HOLD = '\u001b[?2026h';
const SHOW = '\u001b[?2026l';

/** The whole terminal as lines, of which only those are written that have changed. */
export class FullScreen {
  readonly #out: NodeJS.WriteStream;
  #shown: readonly string[] = [];
  #isOpen = false;
  readonly #restore = (): void => this.close();

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    // However the process ends, unless it is killed.
    process.once('exit', this.#restore);
    this.#out.write(ENTER);
    this.#shown = [];
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const changed = lines.flatMap((line, row) =>
      line === this.#shown[row] ? [] : [`\u001b[${row + 1};1H${line}\u001b[0m\u001b[K`],
    );
    const rest = this.#shown.length > lines.length ? [`\u001b[${lines.length + 1};1H\u001b[J`] : [];
    if (changed.length + rest.length > 0) this.#out.write(HOLD + [...changed, ...rest].join('') + SHOW);
    this.#shown = lines;
  }

  /** What stands on the terminal is not known any more, as after a change of its size. */
  forget(): void {
    if (this.#isOpen) this.#out.write('\u001b[2J');
    this.#shown = [];
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#restore);
    this.#out.write(LEAVE);
  }
}
