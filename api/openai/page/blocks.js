/** Code and tables, as elements. */
import { copyButton, element } from './dom.js';
import { inline } from './inline.js';

/**
 * Code with its name and a button that copies it.
 * @param {string} code
 * @param {string} [name]
 */
export const codeBlock = (code, name = '') =>
  element(
    'figure',
    { className: 'code' },
    element(
      'figcaption',
      {},
      element('span', {}, name),
      copyButton(() => code),
    ),
    element('pre', { tabIndex: 0 }, element('code', {}, code)),
  );

/** @param {string} head @param {string[]} rows Lines with `|` between their cells. */
export const table = (head, rows) =>
  element(
    'div',
    { className: 'table', tabIndex: 0 },
    element(
      'table',
      {},
      element('thead', {}, row(head, 'th')),
      element('tbody', {}, ...rows.map((line) => row(line, 'td'))),
    ),
  );

/** @param {string} line @param {'th' | 'td'} tag */
const row = (line, tag) => element('tr', {}, ...cellsOf(line).map((cell) => element(tag, {}, ...inline(cell))));

/** @param {string} line */
const cellsOf = (line) =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
