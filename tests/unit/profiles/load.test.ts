import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadProfiles } from '../../../profiles/load.ts';
import { describeProblem } from '../../../contract/shared/file-problem.ts';
import type { Profiles } from '../../../profiles/profile.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';
import type { ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

const load = (...folders: string[]): Promise<Profiles> =>
  loadProfiles((folders.length ? folders : ['']).map((name) => join(folder.root, name)));
const names = ({ profiles }: Profiles): string[] => profiles.map(({ name }) => name);

test('the bundled profiles load without a problem and say what they promise', async () => {
  const found = await loadProfiles([resolve('profiles')]);
  expect(found.problems).toEqual([]);
  expect(found.profiles).toMatchObject([
    {
      name: 'code',
      claude: { model: 'sonnet', max_turns: 80, permission_mode: 'bypassPermissions' },
      timeout_s: 3_600,
      deliver: 'pr',
      trust_repo: false,
      sandbox: 'auto',
    },
    { name: 'review', claude: { model: 'haiku', max_turns: 20, tools: ['Read', 'Glob', 'Grep'] }, deliver: 'none' },
  ]);
});

test('the profiles of earlier versions are read, with what has no effect any more', async () => {
  folder.write({
    'old.yml': `
name: old
description: "Autonomous coding worker"
claude:
  model: sonnet
  max_turns: 80
  output_format: json
  permission_mode: dangerously-skip-permissions
  timeout: 3600
  worktree: true
  allowed_tools: "Read,Bash(echo a, b),Edit"
append_prompt: "Work on {{BASE_REF}}"
auto_pr: false
settings:
  permissions:
    allow: [Read]
    deny: ["Bash(rm *)"]
`,
  });
  const found = await load();
  expect(found.problems).toEqual([]);
  expect(found.profiles).toMatchObject([
    {
      claude: { permission_mode: 'bypassPermissions', allowed_tools: ['Read', 'Bash(echo a, b)', 'Edit'] },
      deliver: 'push',
      append_prompt: 'Work on {{BASE_REF}}',
      permissions: { allow: ['Read'], deny: ['Bash(rm *)'] },
    },
  ]);
});

test('folders and single files are profiles, named by themselves or by their file; other entries are none', async () => {
  folder.write({
    'one/profile.yml': 'description: one',
    'two.yml': '',
    'three.yaml': 'name: drei',
    'notes.md': '#',
    'empty/readme': '',
    '.hidden.yml': 'name: hidden',
  });
  const found = await load();
  expect(found.problems).toEqual([]);
  expect(names(found)).toEqual(['drei', 'one', 'two']);
});

test('of equal names the later directory wins, and directories that do not exist have none', async () => {
  folder.write({ 'a/x.yml': 'description: a', 'b/x.yml': 'description: b', 'a/y.yml': '' });
  expect(resolveProfile(await load('a', 'b', 'none'), 'x').description).toBe('b');
  expect(resolveProfile(await load('b', 'a'), 'x').description).toBe('a');
  expect(names(await load('a', 'b'))).toEqual(['x', 'y']);
});

test('a broken profile hides no other, but does hide the one of its name that it was to replace', async () => {
  folder.write({ 'a/x.yml': '', 'a/y.yml': '', 'b/x.yml': 'claude: {max_turns: many}' });
  const found = await load('a', 'b');
  expect(names(found)).toEqual(['y']);
  const broken = expect.objectContaining({
    type: 'invalid_profile',
    message: expect.stringMatching(/b\/x\.yml:1: claude\.max_turns /),
  });
  expect(() => resolveProfile(found, 'x')).toThrow(broken);
  expect(names(await load('b', 'a'))).toEqual(['x', 'y']);
});

test('an unknown profile is told with those there are', async () => {
  folder.write({ 'a.yml': '', 'b.yml': '' });
  const unknown = expect.objectContaining({ type: 'profile_not_found', message: expect.stringContaining('a, b') });
  for (const name of ['c', '../a', '__proto__', '']) {
    const found = await load();
    expect(() => resolveProfile(found, name)).toThrow(unknown);
  }
});

test('a profile that is a link, as mounted configuration is, is read', async () => {
  folder.write({ 'data/x': 'description: linked' });
  symlinkSync(join(folder.root, 'data/x'), join(folder.root, 'x.yml'));
  expect(resolveProfile(await load(), 'x').description).toBe('linked');
});

describe('a profile that extends another', () => {
  test('takes what it does not say; its values replace, its rules and variables are added', async () => {
    folder.write({
      'a/profile.yml': `
claude: {model: opus, max_turns: 5, tools: [Read, Bash], disallowed_tools: [WebFetch], timeout: 60}
settings: {permissions: {deny: [A, B]}}
env: [ONE]
deliver: none
sandbox: required
append_prompt: parent`,
      'b/profile.yml':
        'extends: a\nclaude: {max_turns: 6, tools: [Read], disallowed_tools: [Bash]}\nenv: [TWO]\nauto_pr: true',
      'c.yml': 'extends: b\nsettings: {permissions: {deny: [B, C]}}\nappend_prompt: ""',
    });
    const found = await load();
    expect(found.problems).toEqual([]);
    expect(resolveProfile(found, 'c')).toMatchObject({
      claude: { model: 'opus', max_turns: 6, tools: ['Read'], disallowed_tools: ['WebFetch', 'Bash'] },
      timeout_s: 60,
      permissions: { allow: [], deny: ['A', 'B', 'C'] },
      env: ['ONE', 'TWO'],
      deliver: 'pr',
      sandbox: 'required',
      append_prompt: '',
      folders: [join(folder.root, 'a'), join(folder.root, 'b')],
    });
  });

  test('must not go in a circle, nor name what is not there or broken', async () => {
    folder.write({
      'a.yml': 'extends: b',
      'b.yml': '\nextends: a',
      'self.yml': 'extends: self',
      'lost.yml': 'extends: nowhere',
      'broken.yml': 'foo: 1',
      'child.yml': 'extends: broken',
      'good.yml': '',
    });
    const found = await load();
    expect(names(found)).toEqual(['good']);
    const told = found.problems.map((problem) => describeProblem(problem).replace(`${folder.root}/`, ''));
    expect(told).toEqual(
      expect.arrayContaining([
        'a.yml:1: extends goes in a circle: a → b → a',
        'b.yml:2: extends goes in a circle: b → a → b',
        'self.yml:1: extends goes in a circle: self → self',
        'lost.yml:1: extends names "nowhere", which is not a usable profile',
        'child.yml:1: extends names "broken", which is not a usable profile',
      ]),
    );
  });
});

test('what a profile says of branch and commits is inherited field by field', async () => {
  folder.write({
    'rules.yml':
      'branch_prefix: feature/bot-\ncommit_message: "[AB-1] {{SUBJECT}}"\nauthor: "Ada B. <ada@corp.example>"',
    'signed.yml': 'extends: rules\ncommit_signing: ssh\nauthor: Bot<bot@corp.example>',
    'plain.yml': 'extends: signed\ncommit_signing: "off"',
    'usual.yml': '{}',
  });
  const message = '[AB-1] {{SUBJECT}}';
  const author = { name: 'Bot', email: 'bot@corp.example' };
  const { profiles, problems } = await load();
  expect(problems).toEqual([]);
  expect(profiles.map(({ name, branch_prefix, commits }) => ({ name, branch_prefix, commits }))).toEqual([
    { name: 'plain', branch_prefix: 'feature/bot-', commits: { author, message } },
    {
      ...{ name: 'rules', branch_prefix: 'feature/bot-' },
      commits: { author: { name: 'Ada B.', email: 'ada@corp.example' }, message },
    },
    { name: 'signed', branch_prefix: 'feature/bot-', commits: { author, message, signing: 'ssh' } },
    { name: 'usual', branch_prefix: 'agenticore-', commits: {} },
  ]);
});
