import { clearScreenDown, cursorTo, moveCursor, type Interface } from 'node:readline';
import { textWidth, wrap } from '../output/width.ts';

/** Where text appears above the line that a person types. */
export interface Screen {
  /** Shows text of any length, in pieces of any size. */
  write(text: string): void;
  /** What is shown stays; the person has pressed Enter below it. */
  settle(): void;
  /** Draws the last line anew, with these words before what was typed. */
  ask(words: string): void;
}

/** Writes above the prompt of `prompt`, which stays the last line with what was typed so far. */
export function createScreen(prompt: Interface, out: NodeJS.WriteStream): Screen {
  /** The unfinished line above the prompt. */
  let open = '';
  let isOver = false;
  prompt.once('close', () => (isOver = true));
  return {
    write(text) {
      if (isOver) return;
      const { rows } = prompt.getCursorPos();
      moveCursor(out, 0, -(rows + rowsOf(open, out.columns)));
      cursorTo(out, 0);
      clearScreenDown(out);
      const lines = broken(open + text, out.columns);
      open = lines.pop() ?? '';
      const shown = open === '' ? lines : [...lines, open];
      // readline goes up by as many rows before it draws the prompt.
      out.write(shown.map((line) => `${line}\n`).join('') + '\n'.repeat(rows));
      prompt.prompt(true);
    },
    settle() {
      open = '';
    },
    ask(words) {
      if (isOver) return;
      prompt.setPrompt(words);
      prompt.prompt(true);
    },
  };
}

const rowsOf = (line: string, columns: number): number => Math.ceil(textWidth(line) / columns);

/** Lines as the terminal shows them, broken between words; the last one is unfinished. */
export function broken(text: string, columns: number): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    // Lines with colours are ours and fit already.
    if (line.includes('\u001b')) return [line];
    const parts = wrap(line, columns);
    const isLast = i === lines.length - 1;
    // A word may follow in the next piece.
    return isLast && parts.length > 1 && line.endsWith(' ') ? [...parts.slice(0, -1), `${parts.at(-1)} `] : parts;
  });
}
