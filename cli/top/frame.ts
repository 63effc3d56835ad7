import type { OverviewReply } from '../../contract/http/overview.ts';
import { JOB_STATUSES, type JobStatus } from '../../contract/workflow/job-progress.ts';
import { SESSION_STATUSES, type SessionStatus } from '../../contract/workflow/session-state.ts';
import { statusWord } from '../output/job.ts';
import { sessionStatusWord } from '../output/session.ts';
import { colors, localTime } from '../output/format.ts';
import { oneLine } from '../output/sanitize.ts';
import { formatTable } from '../output/table.ts';
import { fit, textWidth } from '../output/width.ts';
import { sectionsOf, type TopSection } from './items.ts';

export interface Look {
  overview: OverviewReply;
  url: string;
  filter: string;
  /** Key of the item that the person has chosen. */
  selected: string | undefined;
  /** The last line: keys, a question, or what became of a command. */
  footer: string;
  /** What is wrong with the server; empty where it answers. */
  trouble: string;
  now: number;
}

export const KEYS = '↑↓ select  Enter open  l logs  c cancel  a approve  d deny  / filter  q quit';

/** Terminals at least as wide show the tasks beside what the agents do. */
const WIDE = 110;

/** The screen as `rows` lines of at most `columns`; what does not fit is scrolled to the selected line. */
export function frame(look: Look, columns: number, rows: number): string[] {
  const head = [headline(look, columns), ...seatLines(look.overview, columns), ''];
  const { lines, at } = body(look, columns);
  const room = Math.max(1, rows - head.length - 1);
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  const shown = lines.slice(top, top + room);
  const blank = Array.from({ length: room - shown.length }, () => '');
  const footer = look.footer === KEYS ? colors.dim(fit(KEYS, columns)) : colors.bold(fit(look.footer, columns));
  return [...head, ...shown, ...blank, footer].slice(0, rows);
}

/** The same for one who cannot select: everything, at once. */
export const snapshot = (look: Look, columns: number): string[] => {
  const lines = [headline(look, columns), ...seatLines(look.overview, columns), '', ...body(look, columns).lines];
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
};

function headline({ overview, url, filter, trouble }: Look, columns: number): string {
  const { running_count: running, queued_count: waiting } = overview.queue_counts;
  const facts = [
    `${running} running`,
    `${waiting} waiting`,
    overview.approvals.length === 0 ? [] : `${overview.approvals.length} to approve`,
    filter === '' ? [] : `only "${oneLine(filter)}"`,
    localTime(overview.at).slice(11),
    oneLine(url),
  ].flat();
  const line = fit(`agenticore  ${facts.join('  ')}`, columns);
  return trouble === '' ? colors.bold(line) : colors.red(fit(trouble, columns));
}

/** The seats of all hosts, as many hosts on a line as fit. */
function seatLines({ hosts }: OverviewReply, columns: number): string[] {
  if (hosts.length === 0)
    return [colors.red(fit('seats  no worker takes jobs: start one with `agenticore worker`', columns))];
  const lines: string[] = [];
  for (const { worker_id, seats_taken, seats_limit } of hosts) {
    const host = fit(`${oneLine(worker_id)} ${seats_taken ?? '?'}/${seats_limit}`, columns - 7);
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 3 + textWidth(host) <= columns) lines.push(`${lines.pop()}   ${host}`);
    else lines.push(`${last === undefined ? 'seats' : '     '}  ${host}`);
  }
  return lines;
}

function body({ overview, filter, selected, now }: Look, columns: number): { lines: string[]; at: number } {
  const lines: string[] = [];
  let at = 0;
  for (const section of sectionsOf(overview, filter, now)) {
    // A table has a least width, which a narrow terminal does not have.
    const table = formatTable(tableOf(section, columns), columns - 2);
    const [head = '', ...rows] = table.map((line) => fit(line, columns - 2));
    lines.push(colors.dim(`  ${head}`));
    section.items.forEach(({ key, cells }, i) => {
      const isSelected = key === selected;
      if (isSelected) at = lines.length;
      const row = rows[i] ?? '';
      lines.push(isSelected ? colors.inverse(`› ${row}`) : `  ${statusColor(row, cells[1] ?? '')}`);
    });
    lines.push('');
  }
  if (lines.length === 0)
    lines.push(filter === '' ? '  Nothing runs and nothing waits.' : '  Nothing matches the filter. / changes it.');
  return { lines, at };
}

/** Where there is little room, what an agent does stands in place of its task. */
function tableOf({ header, items }: TopSection, columns: number): string[][] {
  const rows = [header, ...items.map(({ cells }) => cells)];
  if (columns >= WIDE || header.length < 8) return rows;
  return rows.map((cells, i) => {
    const [last = '', task = ''] = cells.slice(-2);
    return [...cells.slice(0, -2), i === 0 ? `${last}, ${task}` : last === '-' ? task : last];
  });
}

/** A row of a table with its status in its colour; colours have no width, so they come after the layout. */
function statusColor(row: string, status: string): string {
  if (isJobStatus(status)) return row.replace(status, statusWord(status));
  return isSessionStatus(status) ? row.replace(status, sessionStatusWord(status)) : row;
}

const isJobStatus = (status: string): status is JobStatus => JOB_STATUSES.some((each) => each === status);
const isSessionStatus = (status: string): status is SessionStatus => SESSION_STATUSES.some((each) => each === status);
