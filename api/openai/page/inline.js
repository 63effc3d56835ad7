/** Markdown inside a paragraph. */
import { element } from './dom.js';

/** How deep marks may stand in each other; below that they are text. */
const MAX_DEPTH = 4;

/** Every length is bounded: a text of many marks that never close must not cost the square of its length. */
const MARKS = new RegExp(
  [
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?<ticks>`{1,8})(?!`)(?<code>.{1,2000}?)(?<!`)\k<ticks>(?!`)/,
    /!?\[(?<label>[^\]\n]{1,500})\]\((?<target>[^()\s]{1,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)(?: +"[^"\n]{0,200}")?\)/,
    /\*\*(?=\S)(?<strong>.{1,2000}?)(?<=\S)\*\*/,
    /(?<![\w_])__(?=\S)(?<strong2>.{1,2000}?)(?<=\S)__(?![\w_])/,
    /~~(?=\S)(?<struck>.{1,2000}?)(?<=\S)~~/,
    /\*(?=[^\s*])(?<slant>.{1,2000}?)(?<=[^\s*])\*(?!\*)/,
    /(?<![\w_])_(?=[^\s_])(?<slant2>.{1,2000}?)(?<=[^\s_])_(?![\w_])/,
    /<?(?<bare>https?:\/\/[^\s<>"'`]{1,1990}[^\s<>"'`.,;:!?)\]}*_])>?/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gsu',
);

/**
 * Nodes for a text with marks.
 * @param {string} text
 * @param {number} [depth]
 * @returns {(Node | string)[]}
 */
export function inline(text, depth = 0) {
  if (depth > MAX_DEPTH) return [text];
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(MARKS)) {
    nodes.push(text.slice(from, match.index), marked(match, depth + 1));
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== '');
}

/**
 * @param {RegExpMatchArray} match
 * @param {number} depth
 */
function marked({ 0: all, groups = {} }, depth) {
  const { escaped, code, label, target, strong = groups.strong2, struck, slant = groups.slant2, bare } = groups;
  if (escaped !== undefined) return escaped;
  if (code !== undefined) return element('code', {}, code.replace(/^ (.*) $/s, '$1'));
  if (target !== undefined) return link(target, inline(label ?? '', depth)) ?? all;
  if (strong !== undefined) return element('strong', {}, ...inline(strong, depth));
  if (struck !== undefined) return element('s', {}, ...inline(struck, depth));
  if (slant !== undefined) return element('em', {}, ...inline(slant, depth));
  return link(bare ?? '', [bare ?? '']) ?? all;
}

/**
 * A link to the web or to a mail address; undefined for every other target, such as `javascript:`. A picture is a link,
 * too: nothing is loaded from elsewhere.
 * @param {string} target
 * @param {(Node | string)[]} children
 */
function link(target, children) {
  const href = URL.canParse(target) ? new URL(target) : undefined;
  if (href === undefined || !['http:', 'https:', 'mailto:'].includes(href.protocol)) return undefined;
  return element('a', { href: href.href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}
