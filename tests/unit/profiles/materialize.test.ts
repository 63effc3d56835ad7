import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadProfiles } from '../../../profiles/load.ts';
import type { Invocation } from '../../../runners/agent.ts';
import { materialize } from '../../../runners/claude/materialize.ts';
import { filesBelow } from '../../../runners/profile-files.ts';
import { readDefaultMcpFile } from '../../../profiles/mcp-file.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';
import type { ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
let target: string;
beforeEach(() => {
  folder = createProfileFolder();
  target = join(folder.root, 'job/config');
});
afterEach(() => folder.remove());

const profile = (files: Record<string, string>): void =>
  folder.write(Object.fromEntries(Object.entries(files).map(([path, content]) => [`profiles/${path}`, content])));
const make = async (name: string): Promise<Invocation> =>
  materialize(resolveProfile(await loadProfiles([join(folder.root, 'profiles')]), name), target, {});
const made = (path: string): string => readFileSync(join(target, path), 'utf8');
const invalid = expect.objectContaining({ type: 'invalid_profile' });

test('a configuration directory is the lowest layer, and gives nothing of what is personal', async () => {
  folder.write({
    'base/CLAUDE.md': 'base',
    'base/settings.json': '{"model":"base","permissions":{"allow":["Read"]},"hooks":{}}',
    'base/agents/a.md': 'agent',
    'base/skills/s/SKILL.md': 'skill',
    'base/commands/c.md': 'command',
    'base/.credentials.json': '{"token":1}',
    'base/.claude.json': '{}',
    'base/projects/p/s.jsonl': 'said',
    'base/history.jsonl': 'typed',
  });
  profile({
    'x/profile.yml': 'settings: {permissions: {allow: [Edit]}}',
    'x/.claude/agents/a.md': 'mine',
    'x/.claude/settings.json': '{"model":"own"}',
  });
  const resolved = resolveProfile(await loadProfiles([join(folder.root, 'profiles')]), 'x');
  await materialize(resolved, target, {}, join(folder.root, 'base'));
  expect((await filesBelow(target)).sort()).toEqual(
    ['CLAUDE.md', 'agents/a.md', 'commands/c.md', 'settings.json', 'skills/s/SKILL.md'].sort(),
  );
  expect([made('CLAUDE.md'), made('agents/a.md')]).toEqual(['base', 'mine']);
  expect(JSON.parse(made('settings.json'))).toEqual({
    model: 'own',
    hooks: {},
    permissions: { allow: ['Read', 'Edit'], deny: [] },
  });
});

test('a profile without files gives its permissions as settings, for this user alone', async () => {
  profile({ 'x.yml': 'settings: {permissions: {allow: [Read], deny: ["Bash(rm *)"]}}' });
  expect((await make('x')).args).not.toContainEqual(expect.stringContaining('mcp-config'));
  expect(JSON.parse(made('settings.json'))).toEqual({ permissions: { allow: ['Read'], deny: ['Bash(rm *)'] } });
  expect([statSync(target).mode & 0o777, statSync(join(target, 'settings.json')).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('MCP servers of every job and of the job stand beside those of the profile, also where the profile has none', async () => {
  profile({ 'x/profile.yml': '', 'x/.mcp.json': '{"mcpServers":{"own":{"command":"a"}}}', 'y.yml': '' });
  const profiles = await loadProfiles([join(folder.root, 'profiles')]);
  const more = { mcpServers: { clock: { command: 'b' } } };
  await materialize(resolveProfile(profiles, 'x'), target, { every: { mcpServers: { all: { command: 'c' } } }, more });
  expect(JSON.parse(made('mcp.json'))).toEqual({
    mcpServers: { all: { command: 'c' }, own: { command: 'a' }, clock: { command: 'b' } },
  });
  const { args } = await materialize(resolveProfile(profiles, 'y'), target, { more });
  expect(args).toContain(`--mcp-config=${join(target, 'mcp.json')}`);
  expect(JSON.parse(made('mcp.json'))).toEqual(more);
});

test('the file with the MCP servers of every job is read where it is, and refused where it has none', async () => {
  profile({ 'all.json': '{"mcpServers":{"all":{"command":"c"}},"else":1}', 'empty.json': '{}' });
  const at = (name: string): string => join(folder.root, 'profiles', name);
  expect(await readDefaultMcpFile(at('all.json'))).toEqual({ mcpServers: { all: { command: 'c' } } });
  const refusal = { type: 'invalid_config', message: expect.stringContaining('AGENTICORE_DEFAULT_MCP_FILE') };
  for (const name of ['empty.json', 'missing.json'])
    await expect(readDefaultMcpFile(at(name))).rejects.toMatchObject(refusal);
});

test('files of parents come along, a later file replaces, and scripts stay executable', async () => {
  profile({
    'a/profile.yml': '',
    'a/.claude/CLAUDE.md': 'a',
    'a/.claude/skills/s/SKILL.md': 'a',
    'a/.claude/hooks/run.sh': '#!/bin/sh',
    'a/.claude/projects/p/s.jsonl': 'not a transcript of the job',
    'b/profile.yml': 'extends: a',
    'b/.claude/CLAUDE.md': 'b',
    'b/notes.md': 'not for the agent',
  });
  execFileSync('chmod', ['755', join(folder.root, 'profiles/a/.claude/hooks/run.sh')]);
  await make('b');
  expect([made('CLAUDE.md'), made('skills/s/SKILL.md')]).toEqual(['b', 'a']);
  expect(statSync(join(target, 'hooks/run.sh')).mode & 0o777).toBe(0o700);
  expect(statSync(join(target, 'CLAUDE.md')).mode & 0o777).toBe(0o600);
  expect([existsSync(join(target, 'projects')), existsSync(join(target, 'notes.md'))]).toEqual([false, false]);
});

test('settings and MCP servers of the line are merged', async () => {
  const hook = (command: string): unknown => ({ hooks: { Stop: [{ hooks: [{ type: 'command', command }] }] } });
  const servers = (entries: Record<string, string>): string =>
    JSON.stringify({
      mcpServers: Object.fromEntries(Object.entries(entries).map(([name, command]) => [name, { command }])),
    });
  profile({
    'a/profile.yml': 'settings: {permissions: {deny: [A]}}',
    'a/.claude/settings.json': JSON.stringify({ ...(hook('a') as object), env: { X: '1', Y: '1' }, model: 'a' }),
    'a/.mcp.json': servers({ one: 'a', two: 'a' }),
    'b/profile.yml': 'extends: a\nsettings: {permissions: {deny: [B]}}',
    'b/.claude/settings.json': JSON.stringify({
      ...(hook('b') as object),
      env: { Y: '2' },
      permissions: { deny: ['C', 'A'] },
    }),
    'b/.mcp.json': servers({ two: 'b' }),
  });
  const { args } = await make('b');
  expect(JSON.parse(made('settings.json'))).toEqual({
    hooks: { Stop: [...['a', 'b'].map((command) => ({ hooks: [{ type: 'command', command }] }))] },
    env: { X: '1', Y: '2' },
    model: 'a',
    permissions: { allow: [], deny: ['C', 'A', 'B'] },
  });
  expect(args).toContain(`--mcp-config=${join(target, 'mcp.json')}`);
  expect(JSON.parse(made('mcp.json'))).toEqual({ mcpServers: { one: { command: 'a' }, two: { command: 'b' } } });
});

test('made again, transcripts stay and everything else that was left there goes', async () => {
  profile({ 'x/profile.yml': '', 'x/.claude/CLAUDE.md': 'mine' });
  await make('x');
  folder.write({
    'job/config/projects/p/s.jsonl': 'said',
    'job/config/agents/evil.md': 'x',
    'job/config/CLAUDE.md': 'changed',
  });
  await make('x');
  expect([made('projects/p/s.jsonl'), made('CLAUDE.md')]).toEqual(['said', 'mine']);
  expect(existsSync(join(target, 'agents'))).toBe(false);
});

test('links that an agent left in its directory are removed, not followed', async () => {
  profile({ 'x/profile.yml': '', 'x/.claude/skills/s.md': 'mine', 'x/.claude/CLAUDE.md': 'mine' });
  folder.write({ 'outside/file': 'safe', 'outside/s.md': 'safe' });
  mkdirSync(target, { recursive: true });
  for (const name of ['settings.json', 'CLAUDE.md']) symlinkSync(join(folder.root, 'outside/file'), join(target, name));
  for (const name of ['skills', 'projects']) symlinkSync(join(folder.root, 'outside'), join(target, name));
  await make('x');
  expect([made('CLAUDE.md'), made('skills/s.md')]).toEqual(['mine', 'mine']);
  expect([
    readFileSync(join(folder.root, 'outside/file'), 'utf8'),
    readFileSync(join(folder.root, 'outside/s.md'), 'utf8'),
  ]).toEqual(['safe', 'safe']);
  expect(existsSync(join(target, 'projects'))).toBe(false);
});

test('a config directory that is itself a link is replaced and nothing behind it is touched', async () => {
  profile({ 'x.yml': '' });
  folder.write({ 'outside/file': 'safe', 'job/other': '' });
  symlinkSync(join(folder.root, 'outside'), target);
  await make('x');
  expect(statSync(join(target, 'settings.json')).isFile()).toBe(true);
  expect(readdirSync(join(folder.root, 'outside'))).toEqual(['file']);
});

test.each(['.claude', '.claude/CLAUDE.md', '.claude/skills', '.claude/settings.json', '.mcp.json'])(
  'a profile whose %s is a link is refused by name',
  async (path) => {
    profile({ 'x/profile.yml': '' });
    folder.write({ 'outside/file': 'secret' });
    if (path !== '.claude') mkdirSync(join(folder.root, 'profiles/x/.claude'));
    symlinkSync(join(folder.root, 'outside'), join(folder.root, 'profiles/x', path));
    await expect(make('x')).rejects.toEqual(invalid);
    await expect(make('x')).rejects.toThrow(join('profiles/x', path));
  },
);

test('a pipe in a profile is refused instead of waited for', async () => {
  profile({ 'x/profile.yml': '', 'x/.claude/a': '' });
  execFileSync('mkfifo', [join(folder.root, 'profiles/x/.claude/pipe')]);
  await expect(make('x')).rejects.toEqual(invalid);
});

test.each([
  ['{', 'x/.claude/settings.json:1: is not JSON'],
  ['{"a": 1,\n"b": oh}', 'x/.claude/settings.json:2: is not JSON'],
  ['[]', 'x/.claude/settings.json:1: must be a JSON object'],
  ['3', 'x/.claude/settings.json:1: must be a JSON object'],
])('JSON that is no object (%j) is told by its file and line', async (json, words) => {
  profile({ 'x/profile.yml': '', 'x/.claude/settings.json': json });
  await expect(make('x')).rejects.toEqual(invalid);
  await expect(make('x')).rejects.toThrow(words);
});

test('an .mcp.json without mcpServers, which the CLI would refuse, is refused', async () => {
  profile({ 'x/profile.yml': '', 'x/.mcp.json': '{"servers": {}}' });
  await expect(make('x')).rejects.toThrow('x/.mcp.json:1: must have mcpServers');
});

test('a key called __proto__ is data', async () => {
  profile({ 'x/profile.yml': '', 'x/.claude/settings.json': '{"__proto__": {"polluted": true}, "env": {"A": "1"}}' });
  await make('x');
  expect({}).not.toHaveProperty('polluted');
  expect(JSON.parse(made('settings.json'))).toHaveProperty('env.A', '1');
});
