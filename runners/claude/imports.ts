/** A line that opens or closes a fenced block of code. */
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LIST_ITEM = /^\s*(?:[-*+]|\d+[.)])\s/;

/**
 * Paths that `@path` in the text of a Markdown file imports, as Claude Code reads them; not what stands in code. A
 * space in a path is written as `\ `.
 */
export function importsIn(markdown: string): string[] {
  const found = withoutCode(markdown).matchAll(/(?:^|\s)@((?:[^\s\\]|\\ )+)/g);
  const paths = [...found].map(([, path = '']) => path.replaceAll('\\ ', ' ').replace(/#.*$/, ''));
  return paths.filter((path) => /^(?:\.{1,2}\/|~\/|\/|[\w.-])/.test(path));
}

/** The text without fenced and indented blocks and without code spans. */
function withoutCode(markdown: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  let isList = false;
  let isCode = false;
  let before = '';
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    const isOpen = fence !== undefined;
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    isCode = /^(?: {4}|\t)/.test(line) && !isList && (isCode || before.trim() === '');
    if (/^\S/.test(line)) isList = LIST_ITEM.test(line);
    if (!isOpen && fence === undefined && mark === undefined && !isCode) kept.push(line);
    before = line;
  }
  return kept.join('\n').replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, ' ');
}
