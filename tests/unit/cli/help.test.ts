import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { examplesOf } from '../../../cli/examples.ts';
import { createProgram } from '../../../cli/program.ts';
import { packageRoot } from '../../../config/index.ts';
import { runCli } from '../../support/cli.ts';

const commandsOf = (command: Command, path: string[] = []): { command: Command; path: string[] }[] =>
  command.commands.flatMap((below) => {
    const here = [...path, below.name()];
    return [{ command: below, path: here }, ...commandsOf(below, here)];
  });
const all = commandsOf(createProgram()).map(({ command, path }) => ({ command, path, name: path.join(' ') }));

describe.each(all)('$name', ({ command, path, name }) => {
  test('has examples that the command line accepts', () => {
    const examples = examplesOf(path);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const words = example
        .slice(example.indexOf('agenticore '))
        .replaceAll(/"[^"]*"/g, 'x')
        .split(' ')
        .slice(1);
      expect(words.slice(0, 1)).toEqual(path.slice(0, 1));
      if (name === 'temporal') continue;
      const known = command.options.concat(command.commands.flatMap((below) => [...below.options]));
      const flags = words
        .slice(0, words.includes('--') ? words.indexOf('--') : undefined)
        .filter((word) => /^--?\w/.test(word));
      expect(known.flatMap(({ short, long }) => [short, long])).toEqual(expect.arrayContaining(flags));
    }
  });

  test('is in docs/cli.md with its usage', () => {
    const doc = readFileSync(join(packageRoot, 'docs', 'cli.md'), 'utf8');
    expect(doc).toContain(`\n## agenticore ${name}\n`);
    expect(doc).toContain(`Usage: agenticore ${name} `);
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
