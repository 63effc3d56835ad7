import { symlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadPackages, resolvePackage } from '../../../packages/load.ts';
import type { AgentPackage, Packages, PackageSettings } from '../../../packages/package.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';
import { until } from '../../support/until.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
  folder.write({ 'bundled/own/system.md': 'You are the bundled one.' });
});
afterEach(() => folder.remove());

const load = (folders: string[], more: Partial<PackageSettings> = {}): Promise<Packages> =>
  loadPackages({
    folders: folders.map((dir) => ({ dir: join(folder.root, dir) })),
    agent: undefined,
    bundled: join(folder.root, 'bundled/own'),
    readable: undefined,
    workingFolder: undefined,
    appendSystemPrompt: true,
    timeoutS: 3_600,
    defaultAgent: 'claude',
    ...more,
  });
const only = async (...args: Parameters<typeof load>): Promise<AgentPackage> => {
  const { packages, problems } = await load(...args);
  expect(problems).toEqual([]);
  expect(packages).toHaveLength(1);
  return packages[0]!;
};
const names = ({ packages }: Packages): string[] => packages.map(({ name }) => name);

test('a folder is a package of its name, with its prompt, flags, rules and terms of chat', async () => {
  folder.write({
    'helper/system.md': 'You help.\n',
    'helper/command.yml': [
      'description: Helps',
      'claude:',
      '  model: opus',
      '  append_system_prompt: Be brief.',
      '  timeout: 60',
      'approvals: { ask: [Bash] }',
      'chat: { tool_display: content, show: { tools: false } }',
    ].join('\n'),
  });
  const found = await only(['helper']);
  expect(found).toMatchObject({ name: 'helper', description: 'Helps', dir: join(folder.root, 'helper') });
  expect(found.chat).toEqual({
    tool_display: 'content',
    on_disconnect: 'interrupt',
    show: { thinking: true, tools: false, narration: true, final: true },
  });
  const { claude, codex, timeout_s, approvals, folders } = found.profile;
  expect(claude).toMatchObject({ model: 'opus', permission_mode: 'bypassPermissions' });
  expect(claude.append_system_prompt).toMatch(/^You help\.\n\nBe brief\./);
  expect(claude.system_prompt).toBeUndefined();
  expect(codex.developer_instructions).toMatch(/^You help\./);
  expect({ timeout_s, approvals, folders }).toMatchObject({
    timeout_s: 60,
    approvals: { ask: ['Bash'] },
    folders: [found.dir],
  });
});

test('what the package does not say is that of the settings', async () => {
  folder.write({ 'helper/system.md': 'You help.' });
  const found = await only(['helper'], {
    appendSystemPrompt: false,
    timeoutS: 77,
    readable: '/srv/code',
    defaultAgent: 'codex',
  });
  expect(found.profile).toMatchObject({ agent: 'codex', timeout_s: 77 });
  expect(found.profile.claude).toMatchObject({ system_prompt: 'You help.', add_dir: ['/srv/code'] });
  expect(found.profile.claude.append_system_prompt).toContain('/srv/code');
});

test('a package for Codex has the text of CLAUDE.md, or of AGENTS.md where there is one', async () => {
  folder.write({ 'one/command.yml': 'agent: codex', 'one/CLAUDE.md': 'Memory of Claude.' });
  expect((await only(['one'])).profile.codex.developer_instructions).toMatch(/^Memory of Claude\./);
  folder.write({ 'one/AGENTS.md': 'Memory of all.' });
  expect((await only(['one'])).profile.codex.developer_instructions).toMatch(/^Memory of all\./);
});

test('a hub has as many packages as agents/<name>/package', async () => {
  folder.write({
    'hub/agents/one/package/CLAUDE.md': 'one',
    'hub/agents/two/package/system.md': 'two',
    'hub/agents/notes/README.md': 'no package',
    'hub/CLAUDE.md': 'for who works on the hub',
  });
  expect(names(await load(['hub']))).toEqual(['one', 'two']);
  expect(names(await load(['hub'], { agent: 'two' }))).toEqual(['two']);
  const { problems } = await load(['hub'], { agent: 'three' });
  expect(problems).toMatchObject([{ package: 'three', message: 'has no agent "three"; it has: one, two' }]);
});

test('a single package is called AGENTIHUB_AGENT, else like its repository, else like its folder', async () => {
  folder.write({ 'agents/one/package/system.md': 'one', 'current/package/system.md': 'in a repository' });
  expect((await only(['agents/one/package'])).name).toBe('one');
  expect((await only(['agents/one/package'], { agent: 'mine' })).name).toBe('mine');
  const dir = join(folder.root, 'current');
  expect((await only([], { folders: [{ dir, name: 'helper' }] })).dir).toBe(join(dir, 'package'));
  expect((await only([], { folders: [{ dir, name: 'helper' }] })).name).toBe('helper');
});

test('the bundled package is served where no other is configured, and only there', async () => {
  expect(await only([], { workingFolder: '/srv/here' })).toMatchObject({
    name: 'own',
    profile: { claude: { add_dir: ['/srv/here'] } },
  });
  expect(names(await load(['absent']))).toEqual([]);
});

test('each mistake is told with its file, line and field, and hides no other package', async () => {
  folder.write({
    'good/system.md': 'good',
    'bad/command.yml': 'claude:\n  modle: opus\n  max_turns: 0\nchat:\n  tool_display: loud\n',
    'bad/system.md': 'a\0b',
    'opus/system.md': 'named like a model',
    'empty/README.md': 'nothing',
    'other/agents/good/package/system.md': 'good, too',
  });
  const { packages, problems } = await load(['good', 'bad', 'opus', 'empty', 'absent', 'other']);
  expect(packages.map(({ name }) => name)).toEqual(['good']);
  const at = (file: string): string => join(folder.root, file);
  expect(problems).toEqual(
    expect.arrayContaining([
      {
        package: 'bad',
        file: at('bad/command.yml'),
        line: 2,
        field: 'claude.modle',
        message: 'is not a field of a command.yml',
      },
      expect.objectContaining({ file: at('bad/command.yml'), line: 3, field: 'claude.max_turns' }),
      expect.objectContaining({ file: at('bad/command.yml'), line: 5, field: 'chat.tool_display' }),
      expect.objectContaining({ file: at('bad/system.md'), message: 'must not contain NUL' }),
      expect.objectContaining({ package: 'opus', message: expect.stringContaining('must have another name') }),
      expect.objectContaining({ package: 'empty', message: 'has no system.md, CLAUDE.md or command.yml' }),
      expect.objectContaining({ package: 'absent', message: 'does not exist' }),
      expect.objectContaining({ package: 'good', message: expect.stringContaining('has the same name') }),
    ]),
  );
  expect(problems).toHaveLength(8);
  const all = { packages, problems };
  expect(() => resolvePackage(all, 'bad')).toThrow(/command\.yml:2: claude\.modle is not a field/);
  expect(() => resolvePackage(all, 'none')).toThrow('There is no agent package "none". There are: good.');
});

test('the version changes with every file that an agent is started with, and with where a link leads', async () => {
  folder.write({
    'v1/system.md': 'one',
    'v1/.claude/settings.json': '{}',
    'v2/system.md': 'one',
    'v2/.claude/settings.json': '{}',
  });
  symlinkSync(join(folder.root, 'v1'), join(folder.root, 'current'));
  const version = async (): Promise<string> => (await only(['current'])).version;
  const seen = [await version()];
  expect(await version()).toBe(seen[0]);
  const files = [
    'system.md',
    '.claude/settings.json',
    '.claude/skills/s/SKILL.md',
    '.mcp.json',
    'CLAUDE.md',
    'runners/1.sh',
  ];
  for (const file of files) {
    folder.write({ [`v1/${file}`]: `{ "changed": "${file}" }` });
    seen.push(await version());
  }
  rmSync(join(folder.root, 'current'));
  symlinkSync(join(folder.root, 'v2'), join(folder.root, 'current'));
  seen.push(await version());
  expect(new Set(seen).size).toBe(files.length + 2);
});

test('a package is as its files are at each look, also behind a link, and the same one while they are as they were', async () => {
  folder.write({
    'helper/system.md': 'one',
    'helper/.claude/skills/a/SKILL.md': 'a skill',
    'elsewhere/CLAUDE.md': 'memory',
  });
  symlinkSync(join(folder.root, 'elsewhere/CLAUDE.md'), join(folder.root, 'helper/CLAUDE.md'));
  const changes: Record<string, string>[] = [
    { 'helper/system.md': 'two' },
    { 'helper/.claude/skills/a/SKILL.md': 'A skill' },
    { 'helper/.claude/skills/b/SKILL.md': 'another skill' },
    { 'helper/command.yml': 'description: Helps' },
    { 'elsewhere/CLAUDE.md': 'Memory' },
  ];
  let before = await only(['helper']);
  for (const change of changes) {
    folder.write(change);
    const now = await only(['helper']);
    expect([change, JSON.stringify(now)]).not.toEqual([change, JSON.stringify(before)]);
    before = now;
  }
  // What has changed just now could change again without another time.
  await until(async () => (await only(['helper'])) === (await only(['helper'])));
  rmSync(join(folder.root, 'helper/.claude'), { recursive: true });
  expect((await only(['helper'])).version).not.toBe(before.version);
});
