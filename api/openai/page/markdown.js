/** Markdown as agents write it, drawn as elements: see dom.js for why no text can become markup. */
import { codeBlock, table } from './blocks.js';
import { element } from './dom.js';
import { inline } from './inline.js';

/** How deep lists and quotes may stand in each other; below that they are paragraphs. */
const MAX_DEPTH = 6;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const TABLE_RULE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** Texts that are drawn, block by block. @type {WeakMap<Element, string[]>} */
const drawn = new WeakMap();

/**
 * Draws `text` into `place`. Blocks that are there already stay as they are: while a text grows, only its end changes.
 * @param {HTMLElement} place
 * @param {string} text
 */
export function drawMarkdown(place, text) {
  const blocks = blocksOf(text);
  const before = drawn.get(place) ?? [];
  let same = 0;
  while (same < before.length && before[same] === blocks[same]?.source) same++;
  while (place.childNodes.length > same) place.lastChild?.remove();
  place.append(...blocks.slice(same).map(({ draw }) => draw()));
  drawn.set(
    place,
    blocks.map(({ source }) => source),
  );
}

/**
 * @typedef {{ source: string, draw: () => Node }} Block
 * @typedef {{ lines: string[], at: number, depth: number }} Reader
 */

/**
 * @param {string} text
 * @param {number} [depth]
 * @returns {Block[]}
 */
function blocksOf(text, depth = 0) {
  const reader = { lines: text.split('\n'), at: 0, depth };
  const blocks = [];
  while (reader.at < reader.lines.length) {
    const from = reader.at;
    const draw = readBlock(reader);
    if (draw !== undefined) blocks.push({ source: reader.lines.slice(from, reader.at).join('\n'), draw });
  }
  return blocks;
}

/** @param {Reader} reader @returns {(() => Node) | undefined} */
function readBlock(reader) {
  const line = reader.lines[reader.at] ?? '';
  if (line.trim() === '') return void reader.at++;
  const fence = FENCE.exec(line);
  if (fence !== null) return readCode(reader, fence[1] ?? '', (fence[2] ?? '').trim());
  const heading = HEADING.exec(line);
  if (heading !== null) {
    reader.at++;
    return () => element(`h${heading[1]?.length ?? 1}`, {}, ...inline(heading[2] ?? ''));
  }
  if (RULE.test(line)) return (reader.at++, () => element('hr'));
  if (line.includes('|') && TABLE_RULE.test(reader.lines[reader.at + 1] ?? '')) return readTable(reader);
  if (reader.depth < MAX_DEPTH && QUOTE.test(line)) return readQuote(reader);
  if (reader.depth < MAX_DEPTH && ITEM.test(line)) return readList(reader);
  return readParagraph(reader);
}

/** @param {Reader} reader @param {string} fence @param {string} language */
function readCode(reader, fence, language) {
  const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
  /** @type {string[]} */
  const code = [];
  for (reader.at++; reader.at < reader.lines.length; reader.at++) {
    const line = reader.lines[reader.at] ?? '';
    if (end.test(line)) break;
    code.push(line);
  }
  reader.at++;
  return () => codeBlock(code.join('\n'), language);
}

/** @param {Reader} reader */
function readTable(reader) {
  const from = reader.at;
  for (reader.at += 2; (reader.lines[reader.at] ?? '').includes('|');) reader.at++;
  const [head = '', , ...rows] = reader.lines.slice(from, reader.at);
  return () => table(head, rows);
}

/** @param {Reader} reader */
function readQuote(reader) {
  /** @type {string[]} */
  const quoted = [];
  for (; QUOTE.test(reader.lines[reader.at] ?? ''); reader.at++)
    quoted.push((reader.lines[reader.at] ?? '').replace(QUOTE, ''));
  return () => element('blockquote', {}, ...blocksOf(quoted.join('\n'), reader.depth + 1).map(({ draw }) => draw()));
}

/** @param {Reader} reader */
function readList(reader) {
  const [, , mark = ''] = ITEM.exec(reader.lines[reader.at] ?? '') ?? [];
  const numbered = /\d/.test(mark);
  /** @type {string[][]} */
  const items = [];
  for (let indent = 0; reader.at < reader.lines.length; reader.at++) {
    const line = reader.lines[reader.at] ?? '';
    const [all, , itsMark = ''] = ITEM.exec(line) ?? [];
    const spaces = line.length - line.trimStart().length;
    const last = items.at(-1);
    if (last !== undefined && (spaces >= indent || line.trim() === '')) last.push(line.slice(Math.min(indent, spaces)));
    else if (all !== undefined && /\d/.test(itsMark) === numbered) {
      indent = Math.max(all.length, 2);
      items.push([line.slice(all.length)]);
    } else if (last !== undefined && last.at(-1)?.trim() !== '' && !startsBlock(line)) last.push(line);
    else break;
  }
  const start = numbered ? { start: Number.parseInt(mark, 10) } : {};
  return () => element(numbered ? 'ol' : 'ul', start, ...items.map((lines) => listItem(lines, reader.depth + 1)));
}

/** An item of one paragraph has its text without the paragraph's margins. @param {string[]} lines @param {number} depth */
function listItem(lines, depth) {
  const nodes = blocksOf(lines.join('\n'), depth).map(({ draw }) => draw());
  const [first] = nodes;
  if (first instanceof HTMLParagraphElement) nodes.splice(0, 1, ...first.childNodes);
  return element('li', {}, ...nodes);
}

/** @param {string} line */
const startsBlock = (line) => [FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(line));

/** @param {Reader} reader */
function readParagraph(reader) {
  const lines = [reader.lines[reader.at++] ?? ''];
  for (; reader.at < reader.lines.length; reader.at++) {
    const line = reader.lines[reader.at] ?? '';
    if (line.trim() === '' || (startsBlock(line) && reader.depth < MAX_DEPTH)) break;
    lines.push(line);
  }
  return () =>
    element('p', {}, ...lines.flatMap((line, at) => [...(at > 0 ? [element('br')] : []), ...inline(line.trim())]));
}
