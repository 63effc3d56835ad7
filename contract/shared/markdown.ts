/** Markdown that holds texts of others: such a text is code, in which nothing is a link, an image, a table or HTML. */

/** Stands at the end of what the Web UI shows, which cuts off the last lines where it has broken some. */
export const BLANK_END = '\u00a0\n\n\u00a0';

// Controls, and characters that reorder or hide text.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}]/gu;

/** The first `max` characters of `text`, with `mark` at its end where something was cut. */
export function cut(text: string, max: number, mark = '\n\n… (cut)'): string {
  if (text.length <= max) return text;
  return text.slice(0, max - mark.length).replace(/[\ud800-\udbff]$/, '') + mark;
}

/** `text` as a block of code that it cannot end. */
export function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(2, longestTicks(text)) + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** `text` on one line as code that it cannot end, cut at `max` characters. */
export function inlineCode(text: string, max = 300): string {
  const line = cut(singleLine(text), max, '…');
  const ticks = '`'.repeat(longestTicks(line) + 1);
  return ticks === '`' && line !== '' ? `\`${line}\`` : `${ticks} ${line} ${ticks}`;
}

/** The same with its lines, as a block. */
export const codeBlock = (text: string, max: number): string =>
  fenced(
    cut(
      text.replace(/\r\n?/g, '\n').replace(INVISIBLE, (char) => (char === '\n' || char === '\t' ? char : '')),
      max,
      '…',
    ),
  );

/** A link to an address of ours or of a forge; any other text is shown as code. */
export const linkTo = (url: string, label = url): string =>
  /^https?:\/\/[^\s<>"'`()[\]{}|\\]+$/.test(url)
    ? `[${label.replace(/[\\[\]`*_<>!|]/g, '\\$&')}](${url})`
    : inlineCode(url);

/** `text` on one line, as it is read: without controls. */
export const singleLine = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(INVISIBLE, '').replace(/ +/g, ' ').trim();

const longestTicks = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
