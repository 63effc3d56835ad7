import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { needs } from '../../support/needs.ts';
import { runCli } from '../../support/cli.ts';

let dir: string;
const script = (shell: string): string => join(dir, `agenticore.${shell}`);
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'agenticore-completion-'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(script(shell), (await runCli('', ['completion', shell])).stdout);
});
afterAll(() => rmSync(dir, { recursive: true }));

const linesOf = (file: string, args: string[]): string[] =>
  execFileSync(file, args, { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: dir, XDG_DATA_HOME: dir } })
    .split('\n')
    .filter(Boolean);

/** What each shell offers for the last of `words`, each in its own way. */
const SHELLS: Record<string, (words: string[]) => string[]> = {
  bash: (words) =>
    linesOf('bash', [
      ...[
        '--norc',
        '-c',
        'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agenticore; printf "%s\\n" "${COMPREPLY[@]}"',
      ],
      script('bash'),
      ...words,
    ]),
  // Outside of its line editor zsh completes nothing: what the script hands to it is shown instead.
  zsh: (words) =>
    linesOf('zsh', [
      ...[
        '-fc',
        '_describe() { print -rl -- ${(P)2%%:*} }; compdef() { }; source $1; shift; words=("$@"); CURRENT=$#; _agenticore',
      ],
      'zsh',
      script('zsh'),
      ...words,
    ]).filter((word) => word.startsWith(words.at(-1) ?? '')),
  fish: (words) =>
    linesOf('fish', [
      '--no-config',
      '-c',
      'source $argv[1]; complete -C $argv[2]',
      script('fish'),
      words.join(' '),
    ]).map((line) => line.split('\t')[0] ?? ''),
};

describe.each(Object.keys(SHELLS))('completion for %s', (shell) => {
  const offers = (...words: string[]): string[] => SHELLS[shell]?.(['agenticore', ...words]).sort() ?? [];

  needs(shell)('offers commands, and the commands below them', () => {
    expect(offers('pro')).toEqual(['profiles']);
    expect(offers('ver')).toEqual(['version']);
    expect(offers('profiles', '')).toEqual(expect.arrayContaining(['check', 'show']));
    expect(offers('completion', '')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });

  needs(shell)('offers the options of the command that is being typed, and no others', () => {
    expect(offers('run', '--re')).toEqual(['--repo']);
    expect(offers('run', 'a task', '--re')).toEqual(['--repo']);
    expect(offers('cancel', '--re')).toEqual([]);
    expect(offers('profiles', 'show', '--js')).toEqual(['--json']);
  });

  needs(shell)('offers the values that an option may have', () =>
    expect(offers('jobs', '--status', 'q')).toEqual(['queued']),
  );
});

needs('zsh')('zsh registers the script with its completion system', () => {
  const load = `autoload -U compinit; compinit -D -u; source ${script('zsh')}; print $_comps[agenticore]`;
  expect(linesOf('zsh', ['-fc', load])).toEqual(['_agenticore']);
});

test('an unknown shell is refused', async () => {
  const { code, stderr } = await runCli('', ['completion', 'tcsh']);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  expect(code).toBe(2);
});
