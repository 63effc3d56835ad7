import { setTimeout as sleep } from 'node:timers/promises';
import type { OverviewReply } from '../../contract/http/overview.ts';
import { sentenceOf } from '../attach/attachment.ts';
import type { Client } from '../client.ts';
import { CliError } from '../errors.ts';
import { oneLine } from '../output/sanitize.ts';
import { stdoutGone } from '../output/streams.ts';
import { attachCommand, cancelQuestion, decide, logsCommand, type Confirmation } from './actions.ts';
import { Detail } from './detail.ts';
import { frame, KEYS } from './frame.ts';
import { FullScreen } from './full-screen.ts';
import { sectionsOf, type TopItem } from './items.ts';
import { openKeyboard } from './keyboard.ts';
import { lendTerminal } from './lend-terminal.ts';
import { Selection } from './selection.ts';

/** Pause between two looks at the server (milliseconds). */
const LOOK_MS = 1_000;

/** Lines of PageUp and PageDown. */
const PAGE = 10;

const STEPS: Readonly<Record<string, number>> = {
  ...{ up: -1, k: -1, down: 1, j: 1, pageup: -PAGE, pagedown: PAGE, home: -1e6, g: -1e6, end: 1e6, G: 1e6 },
};

/** What the next keys are for: choosing, an answer to a question, or the filter. */
type Mode = { is: 'list' } | ({ is: 'question' } & Confirmation) | { is: 'filter' };

/** The live view of `agenticore top` in a terminal. */
export class TopView {
  readonly #client: Client;
  readonly #limit: number;
  readonly #screen = new FullScreen(process.stdout);
  readonly #selection = new Selection();
  readonly #over = new AbortController();
  #overview: OverviewReply;
  #detail: Detail | undefined;
  #mode: Mode = { is: 'list' };
  #filter = '';
  /** What became of the last command. */
  #told = '';
  #trouble = '';
  #failure: { error: unknown } | undefined;
  #keyboard: { close: () => void } | undefined;

  constructor(client: Client, limit: number, overview: OverviewReply) {
    this.#client = client;
    this.#limit = limit;
    this.#overview = overview;
    this.#selection.move(this.#items(), 0);
  }

  /** Shows it until the person leaves; throws what the server says that will not pass by itself. */
  async run(): Promise<void> {
    const resize = (): void => this.#redraw();
    const leave = (): void => (this.#keyboard === undefined ? undefined : this.#over.abort());
    process.stdout.on('resize', resize);
    for (const signal of SIGNALS) process.on(signal, leave);
    process.on('SIGCONT', resize);
    stdoutGone.addEventListener('abort', leave, { once: true });
    try {
      this.#resume();
      while (!this.#over.signal.aborted) {
        this.#draw();
        await sleep(LOOK_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
        if (this.#keyboard !== undefined) await this.#look();
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      this.#suspend();
      process.stdout.off('resize', resize);
      process.off('SIGCONT', resize);
      for (const signal of SIGNALS) process.off(signal, leave);
    }
  }

  #resume(): void {
    this.#screen.open();
    this.#keyboard = openKeyboard(
      process.stdin,
      (key) => void this.#press(key).catch((error: unknown) => this.#fail(error)),
    );
    this.#draw();
  }

  /** Ends the view with an error. */
  #fail(error: unknown): void {
    this.#failure = { error };
    this.#over.abort();
  }

  #suspend(): void {
    this.#keyboard?.close();
    this.#keyboard = undefined;
    this.#screen.close();
  }

  async #look(): Promise<void> {
    try {
      this.#overview = await this.#client.overview(this.#limit);
      await this.#detail?.read();
      this.#trouble = '';
    } catch (error) {
      if (!(error instanceof CliError) || !error.transient) throw error;
      this.#trouble = sentenceOf(error);
    }
  }

  #items(): TopItem[] {
    return sectionsOf(this.#overview, this.#filter, Date.now()).flatMap(({ items }) => items);
  }

  #redraw(): void {
    this.#screen.forget();
    this.#draw();
  }

  #draw(): void {
    const { columns = 80, rows = 24 } = process.stdout;
    const footer = this.#footer();
    this.#selection.of(this.#items());
    const look = { overview: this.#overview, url: this.#client.url, filter: this.#filter, now: Date.now() };
    const lines =
      this.#detail === undefined
        ? frame(
            { ...look, selected: this.#selection.key, footer: footer || KEYS, trouble: this.#trouble },
            columns,
            rows,
          )
        : this.#detail.frame(columns, rows, footer);
    this.#screen.draw(lines);
  }

  #footer(): string {
    if (this.#mode.is === 'question') return `${this.#mode.words} y/n`;
    if (this.#mode.is === 'filter') return `/${this.#filter}▏ Enter keeps it, Esc shows all`;
    return this.#told;
  }

  async #press(key: string): Promise<void> {
    this.#told = '';
    if (key === 'ctrl-c') return this.#over.abort();
    if (key === 'ctrl-l') return this.#redraw();
    if (this.#mode.is === 'question') await this.#answer(this.#mode.yes, key);
    else if (this.#mode.is === 'filter') this.#type(key);
    else if (key in STEPS) this.#move(STEPS[key] ?? 0);
    else await this.#act(key);
    if (this.#keyboard !== undefined) this.#draw();
  }

  #move(steps: number): void {
    if (this.#detail === undefined) this.#selection.move(this.#items(), steps);
    else this.#detail.scroll(steps);
  }

  async #act(key: string): Promise<void> {
    const item = this.#selection.of(this.#items());
    if (key === 'q' || key === 'escape') this.#back(key);
    else if (key === '/' && this.#detail === undefined) this.#mode = { is: 'filter' };
    else if (item === undefined) return;
    else if (key === 'return') await this.#open(item);
    else if (key === 'l') await this.#give(logsCommand(item), true);
    else if (key === 'c') this.#askToCancel(item);
    else if (key === 'a') await this.#tell(() => decide(this.#client, item, 'allow'));
    else if (key === 'd') await this.#tell(() => decide(this.#client, item, 'deny'));
  }

  #back(key: string): void {
    if (this.#detail !== undefined) this.#detail = undefined;
    else if (key === 'q') this.#over.abort();
    else this.#filter = '';
  }

  async #answer(yes: () => Promise<string>, key: string): Promise<void> {
    this.#mode = { is: 'list' };
    if (key === 'y') await this.#tell(yes);
  }

  #type(key: string): void {
    if (key === 'return' || key === 'escape') this.#mode = { is: 'list' };
    if (key === 'escape') this.#filter = '';
    else if (key === 'backspace') this.#filter = [...this.#filter].slice(0, -1).join('');
    else if ([...key].length === 1) this.#filter += key;
  }

  /** A job's timeline here; a session by `agenticore attach`. */
  async #open(item: TopItem): Promise<void> {
    if (item.what.kind !== 'job') return this.#give(attachCommand(item.what));
    const detail = new Detail(this.#client, item.what.job.id);
    this.#detail = detail;
    this.#draw();
    await this.#tell(async () => {
      await detail.read();
      return '';
    });
  }

  #askToCancel(item: TopItem): void {
    const question = cancelQuestion(this.#client, item);
    if (question === undefined) this.#told = 'Nothing runs there.';
    else this.#mode = { is: 'question', ...question };
  }

  /** Does it and tells what came of it, at once and in the next overview. */
  async #tell(act: () => Promise<string>): Promise<void> {
    try {
      this.#told = await act();
    } catch (error) {
      this.#told = oneLine(sentenceOf(error));
    }
  }

  async #give(command: readonly string[], waits = false): Promise<void> {
    this.#suspend();
    await lendTerminal([...command, '--url', this.#client.url], waits);
    if (!this.#over.signal.aborted) this.#resume();
  }
}

/** Of these Ctrl-C comes as a key, unless another command has the terminal: then it is for that. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
