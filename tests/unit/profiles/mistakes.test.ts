import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadProfiles } from '../../../profiles/load.ts';
import { describeProblem } from '../../../contract/shared/file-problem.ts';
import type { Profiles } from '../../../profiles/profile.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

const load = (): Promise<Profiles> => loadProfiles([folder.root]);

/** What is said about a file with this content, without its path. */
async function said(content: string): Promise<string[]> {
  folder.write({ 'x.yml': content });
  const { profiles, problems } = await load();
  expect(profiles).toEqual([]);
  expect(problems.every(({ profile, file }) => profile === 'x' && file === join(folder.root, 'x.yml'))).toBe(true);
  return problems.map((problem) => describeProblem(problem).replace(`${folder.root}/`, ''));
}

describe('a mistake is told with its line and field', () => {
  test.each<[title: string, content: string, said: string[]]>([
    [
      'an unknown field',
      'name: x\nclaude:\n  model: a\n  modle: b\n',
      ['x.yml:4: claude.modle is not a field of a profile'],
    ],
    [
      'two unknown fields',
      'foo: 1\nbar: 2',
      ['x.yml:1: foo is not a field of a profile', 'x.yml:2: bar is not a field of a profile'],
    ],
    [
      'a flag that is none',
      'claude: {mcp_config: /etc}',
      ['x.yml:1: claude.mcp_config is not a field of a profile: put MCP servers into .mcp.json'],
    ],
    [
      'a wrong type',
      'claude:\n  max_turns: many',
      ['x.yml:2: claude.max_turns Invalid input: expected number, received string'],
    ],
    [
      'no number of seconds',
      '\n\nclaude:\n  timeout: 0',
      ['x.yml:4: claude.timeout Too small: expected number to be >=1'],
    ],
    ['no mapping', '- a', ['x.yml:1: Invalid input: expected object, received array']],
    [
      'a model that is an option',
      'claude:\n  model: --settings=/x',
      ['x.yml:2: claude.model must be the name or alias of a model'],
    ],
    [
      'a branch that is none',
      'branch_prefix: "feature bot-"',
      ['x.yml:1: branch_prefix must be what the name of a branch may begin with'],
    ],
    [
      'an author who is none',
      'author: "A <a@b.example>\\nB <b@b.example>"',
      ['x.yml:1: author must be written as Name <address>'],
    ],
    [
      'a tool that is an option',
      'claude:\n  allowed_tools: [Read, --foo]',
      ['x.yml:2: claude.allowed_tools must list tools, such as Read or Bash(git *)'],
    ],
    ['a variable that is none', 'env:\n  - OK\n  - A=B', ['x.yml:3: env.1 must be the name of a variable']],
    [
      'two words for one thing',
      'deliver: none\nauto_pr: true',
      ['x.yml:2: auto_pr must not be set together with deliver, which says the same'],
    ],
    [
      'a flag that every job has from us',
      'claude: {resume: abc}',
      ['x.yml:1: claude.resume cannot be set in a profile: agenticore sets this flag itself or does not use it'],
    ],
    [
      'a directory by a relative path',
      'claude:\n  add_dir: [lib]',
      ['x.yml:2: claude.add_dir.0 must be an absolute path'],
    ],
    ['a key twice', 'env: []\nenv: []', ['x.yml:2: is not plain YAML: Map keys must be unique']],
  ])('%s', async (_title, content, expected) => {
    expect(await said(content)).toEqual(expected);
  });

  test('a path as its name', async () => {
    folder.write({ 'x.yml': 'name: ../../etc' });
    const { profiles, problems } = await load();
    expect(profiles).toEqual([]);
    expect(problems).toMatchObject([{ profile: 'x', line: 1, field: 'name' }]);
  });

  test('the name that jobs say to have their profile chosen', async () => {
    folder.write({ 'x.yml': 'name: auto', 'auto/profile.yml': '' });
    const { profiles, problems } = await load();
    expect(profiles).toEqual([]);
    expect(problems.map(describeProblem)).toEqual(
      ['auto/profile.yml', 'x.yml'].map(
        (path) => `${join(folder.root, path)}: must have another name: auto means that a model chooses the profile`,
      ),
    );
  });

  test('an unknown placeholder', async () => {
    expect(await said('append_prompt: do {{TASK}} for {{WHOM}}')).toEqual([
      'x.yml:1: append_prompt may hold only these placeholders: {{TASK}}, {{REPO_URL}}, {{BASE_REF}}, {{JOB_ID}}, {{PROFILE}}',
    ]);
  });
});

describe('refused at once', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map(
      (c, i) =>
        `${c}: &${c} [${Array(9)
          .fill(`*${'abcdefgh'[i] ?? ''}`)
          .join()}]`,
    ),
  ];
  test.each<[title: string, content: string, said: RegExp]>([
    ['a bomb of aliases', bomb.join('\n'), /x\.yml:2: must not use YAML aliases/],
    ['one alias', 'description: &d a\nname: *d', /x\.yml:2: must not use YAML aliases/],
    ['code', 'description: !!js/function "function () { return 1 }"', /x\.yml:1: is not plain YAML: Unresolved tag/],
    [
      'a python object',
      'description: !!python/object/apply:os.system ["id"]',
      /x\.yml:1: is not plain YAML: Unresolved tag/,
    ],
    ['two documents', 'name: x\n---\nname: y', /is not plain YAML/],
    ['bad YAML', 'name: x\n  foo: [', /x\.yml:\d: is not plain YAML/],
    ['a deep nest', '['.repeat(60_000), /x\.yml.*is not plain YAML|cannot be read/],
    ['a large file', `#${'x'.repeat(70_000)}`, /is larger than 65536 bytes/],
  ])('%s', async (_title, content, expected) => {
    expect((await said(content))[0]).toMatch(expected);
  });
});
