import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';
import { runCli, type Ended } from '../../support/cli.ts';

let data: ProfileFolder;
beforeEach(() => {
  data = createProfileFolder();
});
afterEach(() => data.remove());

const profiles = (...args: string[]): Promise<Ended> =>
  runCli('http://127.0.0.1:1', ['profiles', ...args], { env: { AGENTICORE_DATA_DIR: data.root } });
const file = (path: string): string => join(data.root, 'profiles', path);

describe('profiles show', () => {
  test('prints the profile merged with its parents, its files and the exact command, without a server', async () => {
    data.write({
      'profiles/mine/profile.yml': 'extends: code\nclaude: {max_turns: 7, append_system_prompt: Be kind}\n',
      'profiles/mine/.claude/skills/x/SKILL.md': 'x',
      'profiles/mine/.mcp.json': '{"mcpServers": {}}',
    });
    const { code, stdout } = await profiles('show', 'mine');
    expect(stdout).toMatch(/^# mine, from \S+\/profiles\/code\/profile\.yml, \S+\/profiles\/mine\/profile\.yml\n/);
    expect(stdout).toContain('max_turns: 7');
    expect(stdout).toContain('model: sonnet');
    expect(stdout).toContain('\nskills/x/SKILL.md\n');
    expect(stdout.slice(stdout.indexOf('CLAUDE_CONFIG_DIR')).replaceAll(/ \\\n +/g, ' ')).toBe(
      "CLAUDE_CONFIG_DIR='<config dir>' claude -p --input-format stream-json --output-format stream-json --verbose " +
        '--include-partial-messages --setting-sources user --strict-mcp-config --permission-prompts none ' +
        "--session-id '<session id>' --append-system-prompt-file '<config dir>/append-system-prompt.md' " +
        "--model=sonnet --max-turns=7 --permission-mode=bypassPermissions '--mcp-config=<config dir>/mcp.json'\n",
    );
    expect(code).toBe(0);
  });

  test('--json prints the same as data', async () => {
    const { stdout } = await profiles('show', 'review', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      success: true,
      profile: { name: 'review', deliver: 'none', timeout_s: 3600, claude: { tools: ['Read', 'Glob', 'Grep'] } },
      invocation: { command: expect.arrayContaining(['claude', '--tools=Read,Glob,Grep']), cwd: '<worktree>' },
    });
  });

  test('an unknown name exits 2 and the error lists the known ones', async () => {
    const { code, stdout, stderr } = await profiles('show', '../x', '--json');
    expect(stderr).toContain('There is no profile "../x". There are: code, review.');
    expect(JSON.parse(stdout)).toMatchObject({ success: false, code: 'profile_not_found' });
    expect(code).toBe(2);
  });
});

describe('profiles check', () => {
  test('finds no error in the bundled profiles', async () => {
    const { code, stdout, stderr } = await profiles('check');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('2 valid profiles');
  });

  test('prints every error once, with file, line and field, and exits 1', async () => {
    data.write({
      'profiles/a/profile.yml': 'claude:\n  max_turns: many\n  colour: red\n',
      'profiles/b.yml': 'extends: nobody\n',
      'profiles/c/profile.yml': '',
      'profiles/c/.claude/settings.json': '{\n  "env": }',
      'profiles/d/profile.yml': 'extends: c\n',
      'profiles/e/profile.yml': '',
      'config.yml':
        'routes:\n  - {repo: github.com/x/*, profile: code}\n  - repo: "**"\n    profile: gone\n  - {words: [any], profile: auto}\n',
    });
    symlinkSync(tmpdir(), file('e/.mcp.json'));
    const { code, stdout } = await profiles('check');
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${file('a/profile.yml')}:2: claude.max_turns Invalid input: expected number, received string`,
        `${file('a/profile.yml')}:3: claude.colour is not a field of a profile`,
        `${file('b.yml')}:1: extends names "nobody", which is not a usable profile`,
        `${file('c/.claude/settings.json')}:2: is not JSON`,
        `${file('e/.mcp.json')}: must be a regular file or folder: replace the link or special file by its content`,
        `${join(data.root, 'config.yml')}:4: routes.1.profile names "gone", which is not a usable profile`,
      ].sort(),
    );
    expect(code).toBe(1);
  });

  test('--json prints the problems as data', async () => {
    data.write({ 'profiles/a.yml': 'env: 3\n' });
    const { code, stdout } = await profiles('check', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      success: false,
      profiles: ['code', 'review'],
      problems: [{ profile: 'a', file: file('a.yml'), line: 1, field: 'env' }],
    });
    expect(code).toBe(1);
  });
});

test('nothing is left in the temporary directory', async () => {
  const tmp = mkdtempSync(join(tmpdir(), 'agenticore-tmp-'));
  try {
    await runCli('', ['profiles', 'check'], { env: { AGENTICORE_DATA_DIR: data.root, TMPDIR: tmp } });
    expect(readdirSync(tmp).filter((name) => name.startsWith('agenticore'))).toEqual([]);
  } finally {
    rmSync(tmp, { recursive: true });
  }
});
