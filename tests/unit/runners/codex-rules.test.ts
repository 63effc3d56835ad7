import { describe, expect, test } from '@jest/globals';
import { withoutShell } from '../../../runners/codex/events.ts';
import { checkRules, ToolRules, type RuleLists } from '../../../runners/codex/tool-rules.ts';

const RULES: RuleLists = {
  allow: ['Bash(git status:*)', 'Bash(npm run *)', 'Bash(ls)', 'Edit(docs/**)', 'Write(*.txt)', 'mcp__tickets__read'],
  ask: ['Bash(git push:*)', 'mcp__tickets__close', 'Edit(docs/secret.md)'],
  deny: ['Bash(rm:*)', 'Bash(git * --force)', 'Edit(.env)', 'mcp__shell'],
};
const rules = new ToolRules(RULES, '/work');
const command = (script: string): string | undefined =>
  rules.rulingOn({ name: 'exec_command', input: { command: script, cwd: '/work' } })?.verdict;

describe('a command of Codex', () => {
  test.each([
    'git status',
    'git status --short',
    'ls',
    'npm run lint && git status',
    "npm run test -- -t 'a; rm b'",
    'npm run lint 2>&1 | ls',
    'npm run lint >/dev/null\nls',
  ])('is allowed where all of it has a rule: %s', (script) => expect(command(script)).toBe('allow'));

  test.each([
    ['git statuses'],
    ['ls -l'],
    ['npm run lint; curl example.org'],
    ['npm run $(curl example.org)'],
    ['npm run "`curl example.org`"'],
    ['npm run $TASK'],
    ['npm run lint > package.json'],
    ['npm run lint <input'],
    ['PATH=. npm run lint'],
    ['if true; then ls; fi'],
    ["npm run 'lint"],
    [''],
    ['echo "rm -rf"'],
  ])('has no rule where some of it has none, or its text does not tell what it runs: %s', (script) =>
    expect(command(script)).toBeUndefined(),
  );

  test.each([
    'rm',
    'rm -rf build',
    'git status && rm x',
    'echo $(rm x)',
    'echo "`rm x`"',
    "sh -c 'ls; rm x'",
    '/usr/bin/env A=1 timeout 5 rm x',
    'A=1 rm x',
    'for f in *; do rm $f; done',
    'find . -exec rm {} +',
    "'rm' x",
    'r\\m x',
    'git push origin --force',
  ])('is refused where some part of it is denied: %s', (script) => expect(command(script)).toBe('deny'));

  test.each(['git push', 'git status; git push origin main', 'ls | xargs git push'])(
    'is asked for where a rule says so, whatever another one allows: %s',
    (script) => expect(command(script)).toBe('ask'),
  );

  test.each([
    ["/bin/bash -lc 'echo a'", 'echo a'],
    ['/bin/bash -lc ls', 'ls'],
    [`/bin/bash -lc "echo 'it'"`, "echo 'it'"],
    [`/bin/zsh -c 'a'"'"'b'`, "a'b"],
    ['python -c print', 'python -c print'],
  ])('is the script that the shell gets: %s', (line, script) => expect(withoutShell(line)).toBe(script));
});

const change = (path: string, type = 'update', move_path: string | null = null): object => ({
  path,
  kind: { type, move_path },
});
const patch = (...changes: object[]): string | undefined =>
  rules.rulingOn({ name: 'apply_patch', input: { changes } })?.verdict;

test('a patch goes by the files that it writes, each of them', () => {
  expect(patch(change('/work/docs/a/b.md'))).toBe('allow');
  expect(patch(change('/work/docs/a.md'), change('/work/new.txt', 'add'))).toBe('allow');
  expect(patch(change('/work/new.txt'))).toBeUndefined();
  expect(patch(change('/work/docs/a.md'), change('/work/src/a.ts'))).toBeUndefined();
  expect(patch(change('/elsewhere/docs/a.md'))).toBeUndefined();
  expect(patch(change('/work/docs/secret.md'))).toBe('ask');
  expect(patch(change('/work/sub/.env', 'add'))).toBe('deny');
  expect(patch(change('/work/docs/a.md', 'update', '/work/.env'))).toBe('deny');
  expect(patch()).toBeUndefined();
});

test('a tool of a server goes by its name', () => {
  const verdict = (name: string): string | undefined => rules.rulingOn({ name, input: {} })?.verdict;
  expect(verdict('mcp__tickets__read')).toBe('allow');
  expect(verdict('mcp__tickets__close')).toBe('ask');
  expect(verdict('mcp__shell__run')).toBe('deny');
  expect(verdict('mcp__shellfish__run')).toBeUndefined();
});

test.each([
  ['Read(.env)', 'it reads by commands'],
  ['WebSearch', 'web_search: false'],
  ['Edit(//etc/**)', 'from the worktree on'],
  ['mcp__tickets__close(7)', 'no pattern'],
])('a rule that Codex could not keep to is refused: %s', (rule, advice) =>
  expect(() => checkRules('approvals.deny', [rule])).toThrow(advice),
);
