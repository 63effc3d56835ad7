/** Start and end of a part of a text. */
type Range = readonly [from: number, to: number];

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})/;
/** A fence below something else: whether it is one, and where it ends, depends on what it is in. */
const NESTED_FENCE = /^[ \t>*+\-\d.)]*(`{3}|~{3})/;

/**
 * Where a Markdown text is surely code, in its blocks between fences and between backticks of a line. What might be
 * none for some forge is left out: its readers would meet what was meant to be inert.
 */
export function codeIn(text: string): Range[] {
  const ranges: Range[] = [];
  let fence: { mark: string; from: number } | undefined;
  let nested = false;
  let unpaired = false;
  let at = 0;
  for (const line of text.split('\n')) {
    const end = at + line.length;
    const mark = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (closes(line, fence.mark)) {
        ranges.push([fence.from, at]);
        fence = undefined;
      }
    } else if (mark !== undefined && !nested) {
      fence = { mark, from: end };
      unpaired = false;
    } else {
      nested ||= NESTED_FENCE.test(line);
      if (line.trim() === '') unpaired = false;
      const spans: Range[] | undefined = unpaired ? undefined : spansOf(line);
      unpaired = spans === undefined;
      for (const [from, to] of spans ?? []) ranges.push([at + from, at + to]);
    }
    at = end + 1;
  }
  return ranges;
}

const closes = (line: string, mark: string): boolean =>
  line.trimEnd().length >= mark.length && line.trimEnd() === (mark[0] ?? '').repeat(line.trimEnd().length);

/** The code of one line; undefined where backticks are left over, which pair with those of the next lines. */
function spansOf(line: string): Range[] | undefined {
  // A bar ends the cell of a table, and with it what a backtick began.
  if (/[|\\]/.test(line) && line.includes('`')) return undefined;
  const ticks = [...line.matchAll(/`+/g)];
  const spans: Range[] = [];
  while (ticks.length > 0) {
    const open = ticks.shift();
    const close = ticks.findIndex(([run]) => run === open?.[0]);
    if (open === undefined || close < 0) return undefined;
    spans.push([open.index, (ticks[close]?.index ?? 0) + open[0].length]);
    ticks.splice(0, close + 1);
  }
  return spans;
}
