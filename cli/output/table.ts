import { colors } from './format.ts';
import { oneLine } from './sanitize.ts';
import { print, say } from './streams.ts';
import { fit, terminalWidth, textWidth, wrap } from './width.ts';

/** No column is cut below this, however narrow the terminal. */
const MIN_COLUMN = 6;

const GAP = '  ';

/** One row per line with the columns aligned; where `width` is too small for all, the widest columns are cut. */
export function formatTable(rows: readonly (readonly string[])[], width: number): string[] {
  const natural = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  const widths = shrink(natural, width - GAP.length * (natural.length - 1));
  const cell = (text: string, columns = 0): string => {
    const shown = fit(text, columns);
    return shown + ' '.repeat(columns - textWidth(shown));
  };
  return rows.map((row) =>
    row
      .map((text, column) => cell(text, widths[column]))
      .join(GAP)
      .trimEnd(),
  );
}

function shrink(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - room; excess > 0; excess--) {
    const widest = Math.max(...widths);
    if (widest <= MIN_COLUMN) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

/**
 * `name  value` lines with the values aligned; a value of several lines, or longer than the terminal, stays below
 * itself. Rows without a value are left out.
 */
export function formatFields(fields: readonly (readonly [name: string, value: string | null])[]): string[] {
  const known = fields.filter((field): field is [string, string] => field[1] !== null && field[1] !== '');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  const room = terminalWidth() - width - 4;
  const below = `\n${' '.repeat(width + 4)}`;
  return known.map(([name, value]) => {
    const lines = value.split('\n').flatMap((line) => wrap(line, room));
    return `  ${name.padEnd(width)}  ${lines.join(below)}`;
  });
}

/** An id for a row of a table: cut for people, whole for programs. */
export const shortId = (id: string): string => (terminalWidth() === Infinity ? id : id.slice(0, 8));

/** Prints rows below their header, as wide as the terminal. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const [head = '', ...lines] = formatTable([header, ...rows], terminalWidth());
  print([colors.dim(head), ...lines].join('\n'));
}

/** Says how to see the next page, if there is one. A cursor is valid only with the filters of its page. */
export function sayMore(nextCursor: string | null): void {
  if (nextCursor !== null) say(`There are more. Repeat the command with: --cursor ${oneLine(nextCursor)}`);
}
