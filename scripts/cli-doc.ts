// Writes docs/cli.md from the commands; with --check it compares instead, and fails where the file is old.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { examplesOf } from '../cli/examples.ts';
import { createProgram, EPILOGUE } from '../cli/program.ts';
import { packageRoot } from '../config/index.ts';

const FILE = join(packageRoot, 'docs', 'cli.md');
const WIDTH = 100;

const HEAD = `# Command line

What \`agenticore --help\` and the \`--help\` of each command say. All commands that tell something take \`--json\`, before or
after the command's name; an error is then told as JSON on stdout, too, in the shape of the API.

`;

/** A section for the command, and one for each command below it. */
function sections(command: Command, path: readonly string[] = []): string[] {
  command.configureOutput({ getOutHelpWidth: () => WIDTH });
  const examples = examplesOf(path);
  const own = [
    `## agenticore ${path.join(' ')}`.trimEnd(),
    '',
    ...['```text', command.helpInformation().trimEnd(), '```', ''],
    ...(examples.length === 0 ? [] : ['```bash', ...examples, '```', '']),
    ...(path.length === 0 ? ['```text', EPILOGUE.trim(), '```', ''] : []),
  ].join('\n');
  return [own, ...command.commands.flatMap((below) => sections(below, [...path, below.name()]))];
}

const text = HEAD + sections(createProgram()).join('\n');
const wanted = await format(text, { ...(await resolveConfig(FILE)), filepath: FILE });
if (!process.argv.includes('--check')) writeFileSync(FILE, wanted);
else if (readFileSync(FILE, 'utf8') !== wanted) {
  console.error('docs/cli.md is old: run `npm run build && npm run cli-doc` and commit it.');
  process.exitCode = 1;
}
