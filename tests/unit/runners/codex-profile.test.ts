import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'smol-toml';
import { loadProfiles } from '../../../profiles/load.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import type { Invocation, ServerFiles } from '../../../runners/agent.ts';
import { createCodex } from '../../../runners/codex/agent.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
beforeEach(() => {
  folder = createProfileFolder();
});
afterEach(() => folder.remove());

const at = (path: string): string => join(folder.root, path);
const write = (path: string, text: string): void => folder.write({ [path]: text });

/** What the profile `x` becomes. */
async function materialize(
  settings: Partial<Parameters<typeof createCodex>[0]> = {},
  servers: ServerFiles | null = {},
): Promise<Invocation> {
  const profile = resolveProfile(await loadProfiles([at('profiles')]), 'x');
  return createCodex({ binary: 'codex', ...settings }).materialize(profile, at('home'), servers);
}

test("the settings of the base directory, of Codex's own profile and of the profile's folder come together in one config.toml", async () => {
  write('profiles/x/profile.yml', 'agent: codex\ncodex: { profile: mobile }\n');
  write('profiles/x/.codex/config.toml', 'c = 3\n[table]\nown = true\n');
  write('profiles/x/.codex/rules/x.rules', 'rules');
  write('base/config.toml', 'a = 1\nb = 1\nc = 1\n[table]\nbase = true\n');
  write('base/mobile.config.toml', 'b = 2\nc = 2\n');
  write('base/skills/one/SKILL.md', 'skill');
  write('base/auth.json', '{"OPENAI_API_KEY":"sk-of-a-person"}');
  await materialize({ baseDir: at('base'), profile: 'other' });
  expect(parse(await readFile(at('home/config.toml'), 'utf8'))).toEqual({
    a: 1,
    b: 2,
    c: 3,
    table: { base: true, own: true },
  });
  expect((await readdir(at('home'))).sort()).toEqual(['config.toml', 'mcp_servers.json', 'rules', 'skills']);
});

test.each([
  ['without a base directory', {}, 'set AGENTICORE_CODEX_CONFIG_DIR'],
  ['that is not there', { baseDir: 'home' }, 'There is no mobile.config.toml'],
])("a profile of Codex's own %s is refused", async (_case, { baseDir }: { baseDir?: string }, message) => {
  write('profiles/x/profile.yml', 'agent: codex\ncodex: { profile: mobile }\n');
  await expect(materialize(baseDir === undefined ? {} : { baseDir: at(baseDir) })).rejects.toThrow(message);
});

test.each([
  ['settings: { permissions: { deny: ["Read(.env)"] } }', 'settings.permissions.deny has the rule Read(.env)'],
  ['approvals: { ask: [WebSearch] }', 'approvals.ask has the rule WebSearch'],
])('a rule that Codex would not keep to is refused: %s', async (rules, message) => {
  write('profiles/x/profile.yml', `agent: codex\n${rules}\n`);
  await expect(materialize()).rejects.toThrow(message);
});

test('rules for calls of which Codex asks go to its driver, and those for other tools may be allowed', async () => {
  const approvals = { allow: ['Read', 'Bash(ls:*)'], ask: ['Edit(docs/**)'], deny: ['mcp__tickets'] };
  write('profiles/x/profile.yml', `agent: codex\napprovals: ${JSON.stringify(approvals)}\n`);
  expect(await materialize()).toMatchObject({ options: { approvals } });
});

test('arguments that the app-server takes are passed on, and each other one costs a warning', async () => {
  const words = '["-c", "a=1", "--enable=x", "--model", "gpt", "--color", "never", "--sandbox=read-only", "--verbose"]';
  write('profiles/x/profile.yml', `agent: codex\ncodex: { extra_args: ${words} }\n`);
  expect(await materialize({ extraArgs: ['--disable', 'y'] })).toMatchObject({
    args: ['--disable', 'y', '-c', 'a=1', '--enable', 'x', '-c', 'model="gpt"'],
    options: {
      warnings: [
        'The argument --color for Codex has no effect.',
        'The argument --sandbox for Codex has no effect: say `sandbox_mode` in the section codex of the profile.',
        'The argument --verbose for Codex has no effect.',
      ],
    },
  });
});

const SERVERS = {
  local: { command: 'serve', args: ['--fast'], env: { MODE: 'test', TOKEN: '${TOKEN}' } },
  remote: { type: 'http', url: 'https://mcp.example', headers: { Authorization: 'Bearer ${KEY}', X: '${Y}', Z: 'z' } },
};

test('MCP servers become those of Codex, with variables that stay in the environment', async () => {
  write('profiles/x/profile.yml', 'agent: codex\n');
  write('profiles/x/.mcp.json', JSON.stringify({ mcpServers: SERVERS }));
  await materialize();
  expect(JSON.parse(await readFile(at('home/mcp_servers.json'), 'utf8'))).toEqual({
    local: {
      command: 'serve',
      args: ['--fast'],
      env: { MODE: 'test' },
      env_vars: ['TOKEN'],
    },
    remote: {
      url: 'https://mcp.example',
      http_headers: { Z: 'z' },
      env_http_headers: { X: 'Y' },
      bearer_token_env_var: 'KEY',
    },
  });
});

test.each([
  [{ type: 'sse', url: 'https://mcp.example' }, 'use http'],
  [{ command: 'serve', env: { A: '${B}' } }, 'can only be ${A}'],
  [{ command: 'serve', args: ['${B}'] }, 'only be in env'],
  [{ url: 'https://${HOST}' }, 'only be in headers'],
  [{ url: 'https://mcp.example', headers: { X: 'a ${B}' } }, 'mixes'],
  [{}, 'neither command nor url'],
])('an MCP server that Codex cannot use is refused: %j', async (server, reason) => {
  write('profiles/x/profile.yml', 'agent: codex\n');
  write('profiles/x/.mcp.json', JSON.stringify({ mcpServers: { odd: server } }));
  await expect(materialize()).rejects.toThrow(reason);
});

test('a plan has no servers, no arguments and no settings that could name some', async () => {
  write('profiles/x/profile.yml', 'agent: codex\ncodex: { extra_args: ["-c", "a=1"] }\n');
  write('profiles/x/.mcp.json', JSON.stringify({ mcpServers: SERVERS }));
  write('profiles/x/.codex/config.toml', '[mcp_servers.planted]\ncommand = "serve"\n');
  expect((await materialize({}, null)).args).toEqual([]);
  expect(await readFile(at('home/mcp_servers.json'), 'utf8')).toBe('{}');
  expect(await readdir(at('home'))).toEqual(['mcp_servers.json']);
});

test('what an agent left in the home directory goes, but for its transcripts', async () => {
  write('profiles/x/profile.yml', 'agent: codex\n');
  for (const name of ['.env', 'AGENTS.md', 'config.toml', 'sessions/rollout.jsonl', 'threads/one.json'])
    write(`home/${name}`, '');
  await materialize();
  expect((await readdir(at('home'))).sort()).toEqual(['mcp_servers.json', 'sessions', 'threads']);
});
