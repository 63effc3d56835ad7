import stringWidth from 'string-width';

/** Columns that one line of sanitized text takes in a terminal. */
export const textWidth = (text: string): number => stringWidth(text);

/** What a terminal draws as one character, such as an emoji of several code points. */
const graphemes = new Intl.Segmenter();

/** One line of clean text, cut to `columns` with an ellipsis where it is longer. */
export function fit(text: string, columns: number): string {
  if (text.length * 2 <= columns || textWidth(text) <= columns) return text;
  let shown = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += textWidth(segment);
    if (width > columns) break;
    shown += segment;
  }
  return `${shown}…`;
}

/**
 * One line of clean text as lines of at most `columns`, broken between words; a longer word, such as an address, stays
 * whole.
 */
export function wrap(text: string, columns: number): string[] {
  if (textWidth(text) <= columns) return [text];
  const lines: string[] = [];
  for (const word of text.trimEnd().split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= columns) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}

/**
 * Columns of the terminal that stdout is; Infinity where stdout is not a terminal, so that a program reads everything.
 */
export const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns || 80 : Infinity);
