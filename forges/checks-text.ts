import { checkTime, outcomeWords, type CommandCheck } from '../contract/workflow/checks.ts';
import { firstLine } from './inert-text.ts';

/** Most characters of a command in the table. */
const MAX_COMMAND = 120;

/** The runs of the profile's commands as a table; empty where there are none. */
export function checksTable(checks: readonly CommandCheck[]): string {
  if (checks.length === 0) return '';
  const rows = checks.map((check) => {
    const phase = check.round > 1 ? `${check.phase} (${check.round})` : check.phase;
    return `| ${phase} | ${code(check.command)} | ${outcomeWords(check)} | ${checkTime(check)} |`;
  });
  return ['| | Command | Outcome | Time |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** A command in a cell: in code it does nothing, and neither ends the code nor the cell. */
function code(command: string): string {
  const line = firstLine(command).replaceAll(/\p{C}/gu, '').replaceAll('`', "'").replaceAll('|', '\\|');
  return `\`${line.length > MAX_COMMAND ? `${line.slice(0, MAX_COMMAND - 1)}…` : line}\``;
}
