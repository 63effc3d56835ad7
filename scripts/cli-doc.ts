// Writes docs/cli.md from the commands; with --check it compares instead.
import type { Command } from 'commander';
import { examplesOf } from '../cli/examples.ts';
import { createProgram, EPILOGUE } from '../cli/program.ts';
import { keepDoc } from './generated-doc.ts';

const WIDTH = 100;

const HEAD = `# Command line

The output of \`agenticore --help\` and of \`--help\` of each command. Commands that print results accept \`--json\`, before or
after the command's name; they then print errors as JSON on stdout, too, in the shape of the API.

`;

/** A section for the command, and one for each command below it. */
function sections(command: Command, path: readonly string[] = []): string[] {
  command.configureOutput({ getOutHelpWidth: () => WIDTH });
  const examples = examplesOf(path);
  const own = [
    `## agenticore ${path.join(' ')}`.trimEnd(),
    '',
    '```text',
    command.helpInformation().trimEnd(),
    '```',
    '',
    ...(examples.length === 0 ? [] : ['```bash', ...examples, '```', '']),
    ...(path.length === 0 ? ['```text', EPILOGUE.trim(), '```', ''] : []),
  ].join('\n');
  return [own, ...command.commands.flatMap((below) => sections(below, [...path, below.name()]))];
}

await keepDoc('cli.md', HEAD + sections(createProgram()).join('\n'), 'cli-doc');
