import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { loadConfig, profileDirectories, type Config } from '../../../config/index.ts';
import { packageSettings } from '../../../config/package-settings.ts';
import { loadPackages } from '../../../packages/load.ts';
import type { Packages } from '../../../packages/package.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { Content } from '../../../workers/content.ts';
import { commitFiles, createBareRepo } from '../../support/sample-repo.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'content-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const configOf = (more: Record<string, string>): Config =>
  loadConfig({
    AGENTICORE_DATA_DIR: join(root, 'data'),
    AGENTICORE_REPOS_ROOT: join(root, 'repos'),
    AGENTICORE_ALLOW_LOCAL_REPOS: 'true',
    AGENT_MODE: 'true',
    ...more,
  });
const contentOf = (config: Config): Content => new Content(config, pino({ enabled: false }));
const served = async (config: Config): Promise<Record<string, string | undefined>> => {
  const { packages }: Packages = await loadPackages(packageSettings(config));
  return Object.fromEntries(
    packages.map(({ name, profile }) => [name, profile.claude.append_system_prompt?.split('\n')[0]]),
  );
};

test('what a repository has is fetched, and served from its newest version', async () => {
  const [single, bundle, hooks] = [join(root, 'helper.git'), join(root, 'bundle.git'), join(root, 'hooks.git')];
  await createBareRepo(single, { files: { 'system.md': 'Version 1', 'runners/1.sh': 'echo ran >> "$HOME/ran"' } });
  await createBareRepo(bundle, { files: { 'profiles/nightly/profile.yml': 'description: At night' } });
  await createBareRepo(hooks, { branch: 'stable', files: { 'profiles/careful.yml': 'description: With care' } });
  const config = configOf({
    PACKAGE_REPO_URL: single,
    AGENTICORE_AGENTIHOOKS_BUNDLE_URL: bundle,
    AGENTICORE_AGENTIHOOKS_URL: hooks,
    AGENTICORE_AGENTIHOOKS_BRANCH: 'stable',
  });
  const content = contentOf(config);
  await content.start(false);
  expect(await served(config)).toEqual({ helper: 'Version 1' });
  const { profiles } = await loadProfiles(profileDirectories(config));
  expect(profiles.map(({ name }) => name)).toEqual(expect.arrayContaining(['careful', 'nightly']));
  await commitFiles(single, 'main', { 'system.md': 'Version 2' });
  expect(await content.sync(['package', 'agentihub'])).toEqual({ package: 'ok', agentihub: 'skipped', problems: [] });
  expect(await served(config)).toEqual({ helper: 'Version 2' });
  for (const version of ['3', '4']) {
    await commitFiles(single, 'main', { 'system.md': `Version ${version}` });
    await content.sync(['package']);
  }
  const kept = readdirSync(join(root, 'data/synced/package')).filter((name) => /^[0-9a-f]{40}$/.test(name));
  expect(kept).toHaveLength(2);
  content.stop();
});

test('a version that would break what works is not taken, and the one before stays', async () => {
  const hub = join(root, 'hub.git');
  await createBareRepo(hub, {
    files: { 'agents/one/package/system.md': 'One', 'agents/new/package/command.yml': 'claude: { modle: x }' },
  });
  await commitFiles(hub, 'other', { 'agents/one/package/system.md': 'One elsewhere' });
  const config = configOf({ AGENTICORE_AGENTIHUB_URL: hub, AGENTICORE_AGENTIHUB_BRANCH: 'main' });
  const content = contentOf(config);
  await content.start(false);
  expect(await served(config)).toEqual({ one: 'One' });
  await commitFiles(hub, 'main', { 'agents/one/package/.mcp.json': '{\n"mcpServers": {,\n' });
  const { agentihub, problems } = await content.sync(['agentihub']);
  expect(agentihub).toBe('error');
  expect(problems.join()).toMatch(/agents\/one\/package\/\.mcp\.json:2: is not JSON/);
  expect(await served(config)).toEqual({ one: 'One' });
  expect(existsSync(join(root, 'data/synced/agentihub/current/agents/one/package/.mcp.json'))).toBe(false);
  await commitFiles(hub, 'main', {
    'agents/one/package/.mcp.json': '{ "mcpServers": {} }',
    'agents/one/package/system.md': 'Mended',
  });
  expect(await content.sync(['agentihub'])).toMatchObject({ agentihub: 'ok' });
  expect(await served(config)).toEqual({ one: 'Mended' });
  content.stop();
});

test('a repository that is not there is told, and nothing is served of it', async () => {
  const config = configOf({ PACKAGE_REPO_URL: join(root, 'absent.git') });
  const content = contentOf(config);
  const { package: outcome, problems } = await content.sync(['package']);
  expect([outcome, problems]).toEqual(['error', [expect.stringMatching(/^package: .*absent\.git/)]]);
  expect(await served(config)).toEqual({});
  content.stop();
});
