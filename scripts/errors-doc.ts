// Writes docs/errors.md from the tables of errors; with --check it compares instead.
import { API_ERRORS, FAILURE_STATUS } from '../contract/http/api-errors.ts';
import { FAILURES } from '../contract/shared/failures.ts';
import { keepDoc } from './generated-doc.ts';

const HEAD = `# Errors

Every error has a stable code, a message and a next step. A program decides by the code; the message may change.

The API answers \`{"success": false, "code", "error", "next_step"}\`, with \`field\` where one field of the request is wrong.
A failed job has the same in \`error_code\`, \`error\` and \`next_step\` of its record, with the stage in \`error_stage\`. The command
line prints the message and the next step, and with \`--json\` the same object as the API. MCP tools answer it as text, with
\`isError\`. The next step names a command on the command line and a tool in MCP where this page names a route.

`;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');

const sorted = <T>(kinds: Record<string, T>): [string, T][] =>
  Object.entries(kinds).sort(([one], [other]) => (one < other ? -1 : 1));

const statuses: Readonly<Record<string, number>> = FAILURE_STATUS;

const failures = sorted(FAILURES).map(([code, { meaning, permanent, nextStep }]) => [
  `\`${code}\``,
  meaning,
  permanent ? 'no' : 'yes',
  nextStep,
]);

const refusals = sorted({ ...FAILURES, ...API_ERRORS }).flatMap(([code, kind]) => {
  const status = 'status' in kind ? kind.status : statuses[code];
  return status === undefined ? [] : [[`\`${code}\``, String(status), kind.meaning, kind.nextStep]];
});

const text = `${HEAD}## Why a job fails

agenticore repeats a step by itself where a repetition can help ("repeated"), and fails the job when that has not helped.

${table(['Code', 'Meaning', 'Repeated', 'Next step'], failures)}
## What the API refuses

${table(['Code', 'Status', 'Meaning', 'Next step'], refusals)}`;

await keepDoc('errors.md', text, 'errors-doc');
