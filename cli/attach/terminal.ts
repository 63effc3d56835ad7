import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { SessionRecord } from '../../contract/http/session.ts';
import { approvalInput } from '../output/session.ts';
import { colors } from '../output/format.ts';
import { oneLine } from '../output/sanitize.ts';
import { createSessionProgress } from '../output/session-progress.ts';
import { fit } from '../output/width.ts';
import { say, stdoutGone } from '../output/streams.ts';
import { sentenceOf, type Attachment } from './attachment.ts';
import { ANSWERS, HELP, parseInput } from './input.ts';
import { createScreen, type Screen } from './screen.ts';
import { onMessages } from './typed-lines.ts';

/** How long a question is shown before a key answers it (milliseconds): nobody means it with a key pressed before. */
const READ_MS = 400;

/** A session in a terminal: its events above, a line to type below. */
export class TerminalView {
  readonly #attachment: Attachment;
  readonly #lines: Interface;
  readonly #screen: Screen;
  /** The approval that the prompt asks about, and since when. */
  #asking: { id: string; since: number } | undefined;

  constructor(open: (view: { tell: (sentence: string) => void; changed: () => void }) => Attachment) {
    const { stdin: input, stdout: output } = process;
    this.#lines = createInterface({ input, output, prompt: '› ', historySize: 1_000 });
    this.#screen = createScreen(this.#lines, output);
    this.#attachment = open({ tell: (sentence) => this.#note(sentence), changed: () => this.#drawPrompt() });
  }

  /** Shows the session until the person leaves or the session is closed. */
  async run(): Promise<void> {
    const lines = this.#lines;
    const left = once(lines, 'close');
    const leave = (): void => lines.close();
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
    stdoutGone.addEventListener('abort', leave, { once: true });
    lines.on('SIGINT', () => void this.#attempt(() => this.#interrupt()));
    process.stdin.on('keypress', (key?: string) => this.#press(key));
    onMessages(
      lines,
      () => this.#screen.settle(),
      (text) => void this.#attempt(() => this.#act(text)),
    );
    lines.prompt();
    try {
      await Promise.race([this.#show(), left]);
      this.#attachment.leave();
      say(goodbye(this.#attachment.session));
    } finally {
      this.#attachment.leave();
      lines.close();
    }
  }

  async #show(): Promise<void> {
    const show = createSessionProgress((text) => this.#screen.write(text), this.#attachment.isMine);
    for await (const logged of this.#attachment.events()) {
      show(logged);
      if (logged.event.type === 'run_ended') this.#screen.write('\n');
    }
  }

  async #act(line: string): Promise<void> {
    const input = parseInput(line);
    if (input.what === 'leave') return this.#lines.close();
    this.#drawPrompt();
    if (input.what === 'help') return this.#screen.write(HELP);
    if (input.what === 'approve') return this.#attachment.decide('allow');
    if (input.what === 'deny') return this.#attachment.decide('deny', { reason: input.reason });
    if (input.what === 'nothing') return;
    const run = await this.#attachment.send(input.text, input.mode);
    const active = this.#attachment.session?.active_run_id ?? run?.id;
    if (run !== undefined && active !== run.id && input.mode === 'queue')
      this.#note(`It waits for its turn, as run ${run.number}.`);
  }

  async #interrupt(): Promise<void> {
    if (this.#lines.line !== '') return this.#lines.write(null, { ctrl: true, name: 'u' });
    if (!(await this.#attachment.interrupt())) this.#note('No run is under way. Ctrl-D leaves.');
  }

  /** A key answers a question only where it is the first of its line. */
  #press(key: string | undefined): void {
    const answer = ANSWERS.get(key ?? '');
    if (answer === undefined || this.#asking === undefined || this.#lines.line !== key) return;
    this.#lines.write(null, { ctrl: true, name: 'u' });
    if (performance.now() - this.#asking.since < READ_MS) return;
    void this.#attempt(() => this.#attachment.decide(answer.decision, { remember: answer.remember }));
    this.#drawPrompt();
  }

  async #attempt(act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#screen.write(`${colors.red(`✗ ${oneLine(sentenceOf(error))}`)}\n`);
    }
  }

  #note(sentence: string): void {
    this.#screen.write(`${colors.dim(`  ${oneLine(sentence)}`)}\n`);
  }

  #drawPrompt(): void {
    const [first] = this.#attachment.pending;
    if (first === undefined) this.#asking = undefined;
    else if (this.#asking?.id !== first.id) this.#asking = { id: first.id, since: performance.now() };
    const room = process.stdout.columns - 40;
    const asked = first && fit(`${oneLine(first.tool)} ${approvalInput(first)}`, Math.max(10, room));
    const isBusy = this.#attachment.session?.active_run_id != null;
    const words = asked === undefined ? (isBusy ? colors.cyan('● ') : '') : colors.yellow(`allow ${asked}? y/n/a `);
    this.#screen.ask(`${words}› `);
  }
}

function goodbye(session: SessionRecord | undefined): string {
  if (session?.closed_at !== null) return '';
  return `\nThe session goes on. Come back: agenticore attach ${session.id}`;
}
