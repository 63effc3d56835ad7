// Writes docs/cli.md from the commands; with --check it compares instead.
import type { Command } from 'commander';
import { examplesOf } from '../cli/examples.ts';
import { AGENTCTL_EPILOGUE, createAgentctl } from '../cli/agentctl/program.ts';
import { AGENTD_EPILOGUE, createAgentd } from '../cli/agentd/program.ts';
import { createProgram, EPILOGUE } from '../cli/program.ts';
import { keepDoc } from './generated-doc.ts';

const WIDTH = 100;

const HEAD = `# Command line

The output of \`agenticore --help\` and of \`--help\` of each command. Commands that print results accept \`--json\`, before or
after the command's name; they then print errors as JSON on stdout, too, in the shape of the API. At the end are
[\`agentctl\`](#agentctl) and [\`agentd\`](#agentd), the commands of agent-orchestrator.

`;

/** A section for the command at `path`, and one for each command below it; `epilogue` is the end of its help. */
function sections(command: Command, path: readonly string[], epilogue?: string): string[] {
  command.configureOutput({ getOutHelpWidth: () => WIDTH });
  const examples = examplesOf(path);
  const own = [
    `## ${path.join(' ')}`,
    '',
    '```text',
    command.helpInformation().trimEnd(),
    '```',
    '',
    ...(examples.length === 0 ? [] : ['```bash', ...examples, '```', '']),
    ...(epilogue === undefined ? [] : ['```text', epilogue.trim(), '```', '']),
  ].join('\n');
  return [own, ...command.commands.flatMap((below) => sections(below, [...path, below.name()]))];
}

const PROGRAMS = [
  [createProgram(), EPILOGUE],
  [createAgentctl(), AGENTCTL_EPILOGUE],
  [createAgentd(), AGENTD_EPILOGUE],
] as const;

await keepDoc(
  'cli.md',
  HEAD + PROGRAMS.flatMap(([program, epilogue]) => sections(program, [program.name()], epilogue)).join('\n'),
  'cli-doc',
);
