import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { materialize } from '../../../runners/claude/materialize.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { inOrder } from '../../support/model/scripts.ts';
import type { Reply } from '../../support/model/reply.ts';
import { collect, createPlayground, only, runTask } from '../../support/model-agent.ts';
import type { Playground } from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';
import type { ProfileFolder } from '../../support/profile-folder.ts';

let folder: ProfileFolder;
let place: Playground;
beforeEach(() => {
  folder = createProfileFolder();
  place = createPlayground();
});
afterEach(() => {
  folder.remove();
  place.remove();
});

const never = new AbortController().signal;
const work = (path: string): string => join(place.root, 'work', path);
const write = (): Reply => ({ tool: 'Write', input: { file_path: work('new.txt'), content: 'written' } });

/** The events of a run of the real CLI with the profile `name`, against a model that answers with `replies`. */
async function runWith(name: string, ...replies: Reply[]): Promise<AgentEvent[]> {
  const profile = resolveProfile(await loadProfiles([resolve('profiles'), folder.root]), name);
  return withModel(inOrder(...replies, { text: 'done' }), async ({ url }) => {
    const run = place.run(url, { sandbox: 'off' });
    const invocation = await materialize(profile, run.configDir, {});
    return collect(runTask({ ...run, invocation }, never));
  });
}

const hookThatTouches = (path: string): string =>
  JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command: `touch ${path}` }] }] } });

test('an agent with the profile code writes', async () => {
  const events = await runWith('code', write());
  expect(events.at(-1)).toMatchObject({ type: 'run_ended', result: { status: 'succeeded' } });
  expect(only(events, 'started')).toMatchObject([{ model: expect.stringContaining('sonnet') }]);
  expect(readFileSync(work('new.txt'), 'utf8')).toBe('written');
});

test('an agent with the profile review reads and searches, and has nothing to write with', async () => {
  writeFileSync(work('old.txt'), 'content to review');
  const bash: Reply = { tool: 'Bash', input: { command: `touch ${work('new.txt')}` } };
  const events = await runWith('review', { tool: 'Read', input: { file_path: work('old.txt') } }, write(), bash);
  expect(events.at(-1)).toMatchObject({ type: 'run_ended', result: { status: 'succeeded' } });
  expect(only(events, 'started')[0]?.tools.sort()).toEqual(['Glob', 'Grep', 'Read']);
  expect(only(events, 'tool_result').map(({ is_error }) => is_error)).toEqual([false, true, true]);
  expect(only(events, 'tool_result')[0]?.content).toContain('content to review');
  expect(existsSync(work('new.txt'))).toBe(false);
});

test('a rule of the profile denies what its permission mode would allow', async () => {
  folder.write({ 'x.yml': 'extends: code\nsettings: {permissions: {deny: [Write]}}' });
  const events = await runWith('x', write());
  expect(only(events, 'tool_result')).toMatchObject([{ is_error: true }]);
  expect(existsSync(work('new.txt'))).toBe(false);
});

test('every flag of a profile is one that the CLI takes, and max_turns ends the run', async () => {
  folder.write({
    'x.yml':
      'claude: {model: sonnet, fallback_model: haiku, max_turns: 1, max_budget_usd: 5, effort: low, ' +
      'tools: [Read, Write], allowed_tools: ["Bash(git *)"], disallowed_tools: [WebFetch]}',
  });
  const events = await runWith('x', write(), write());
  expect(only(events, 'started')[0]?.tools.sort()).toEqual(['Read', 'Write']);
  expect(events.at(-1)).toMatchObject({ result: { status: 'failed' } });
  expect(only(events, 'tool_use')).toHaveLength(1);
});

test('the settings and MCP servers of the profile reach the agent; those of the repository only when it is trusted', async () => {
  const mcp = { mcpServers: { toucher: { command: 'touch', args: [work('profile-mcp')] } } };
  folder.write({
    'x/profile.yml': '',
    'x/.claude/settings.json': hookThatTouches(work('profile-hook')),
    'x/.mcp.json': JSON.stringify(mcp),
    'y/profile.yml': 'extends: x\ntrust_repo: true',
  });
  mkdirSync(work('.claude'));
  writeFileSync(work('.claude/settings.json'), hookThatTouches(work('repo-hook')));
  const touched = (): boolean[] => ['profile-hook', 'profile-mcp', 'repo-hook'].map((name) => existsSync(work(name)));
  await runWith('x');
  expect(touched()).toEqual([true, true, false]);
  await runWith('y');
  expect(touched()).toEqual([true, true, true]);
});
