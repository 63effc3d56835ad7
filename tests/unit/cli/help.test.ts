import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { examplesOf } from '../../../cli/examples.ts';
import { createAgentctl } from '../../../cli/agentctl/program.ts';
import { createAgentd } from '../../../cli/agentd/program.ts';
import { createProgram } from '../../../cli/program.ts';
import { packageRoot } from '../../../config/index.ts';
import { runCli } from '../../support/cli.ts';

const commandsOf = (command: Command, path: string[] = []): { command: Command; path: string[] }[] =>
  command.commands.flatMap((below) => {
    const here = [...path, below.name()];
    return [{ command: below, path: here }, ...commandsOf(below, here)];
  });
const programs = [createProgram(), createAgentctl(), createAgentd()];
const all = programs
  .flatMap((program) => [{ command: program, path: [program.name()] }, ...commandsOf(program, [program.name()])])
  .map(({ command, path }) => ({ command, path, name: path.join(' ') }));
// What one can type: a group such as `agentctl run` has only commands below it, and `agenticore` alone prints its help.
const typed = all.filter(
  ({ name, command }) => name !== 'agenticore' && (!name.startsWith('agentctl') || command.commands.length === 0),
);

describe.each(typed)('$name', ({ command, path, name }) => {
  test('has examples that the command line accepts', () => {
    const examples = examplesOf(path);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const words = example
        .slice(example.indexOf(path[0] ?? ''))
        .replaceAll(/"[^"]*"/g, 'x')
        .split(' ');
      expect(words).toEqual(expect.arrayContaining(path.slice(0, 2)));
      if (name === 'agenticore temporal') continue;
      const above = all
        .filter((one) => path.slice(0, one.path.length).join(' ') === one.name)
        .flatMap((one) => one.command.options);
      const known = above.concat(command.commands.flatMap((below) => [...below.options]));
      const flags = words
        .slice(0, words.includes('--') ? words.indexOf('--') : undefined)
        .filter((word) => /^--?\w/.test(word));
      expect(known.flatMap(({ short, long }) => [short, long])).toEqual(expect.arrayContaining(flags));
    }
  });

  test('is in docs/cli.md with its usage', () => {
    const doc = readFileSync(join(packageRoot, 'docs', 'cli.md'), 'utf8');
    expect(doc).toContain(`\n## ${name}\n`);
    expect(doc).toContain(`Usage: ${name} `);
  });
});

test('the help of a command ends with its examples', async () => {
  const { code, stdout } = await runCli('', ['run', '--help']);
  expect(stdout).toMatch(/\nExamples:\n {2}agenticore run "fix the failing test" --repo/);
  expect(code).toBe(0);
});

test('NO_COLOR switches colours off, also with FORCE_COLOR', async () => {
  const env = { FORCE_COLOR: '1' };
  const escape = '\u001b[';
  expect((await runCli('', ['config'], { env })).stdout).toContain(escape);
  expect((await runCli('', ['config'], { env: { ...env, NO_COLOR: '1' } })).stdout).not.toContain(escape);
});
