import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadProfiles } from '../../../profiles/load.ts';
import { materialize } from '../../../runners/claude/materialize.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { claudeArgs, userMessage } from '../../../runners/claude/args.ts';
import { inOrder } from '../../support/model/scripts.ts';
import type { ModelRequest } from '../../support/model/scripted-model.ts';
import { createPlayground, type AgentTask, type Playground } from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';
import { createProfileFolder, type ProfileFolder } from '../../support/profile-folder.ts';

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

interface Heard {
  /** The CLI's own account of what it has. */
  init: Record<string, unknown>;
  /** The first turn that the model was asked for. */
  turn: ModelRequest | undefined;
}

/** A turn of the real CLI with the profile `name`; `appended` stands in the file for the system prompt. */
async function hear(name: string, appended?: string): Promise<Heard> {
  const profile = resolveProfile(await loadProfiles([resolve('profiles'), folder.root]), name);
  return withModel(inOrder({ text: 'done' }), async (model) => {
    const run = place.run(model.url);
    const invocation = await materialize(profile, run.configDir, {});
    const file = join(run.configDir, 'appended.md');
    if (appended !== undefined) await writeFile(file, appended);
    const args = claudeArgs({ ...run, invocation }, appended === undefined ? undefined : file);
    const said = await talk(run, args);
    const init = said.find(({ type, subtype }) => type === 'system' && subtype === 'init');
    return { init: init ?? {}, turn: model.turns()[0] };
  });
}

/** Everything that the CLI says until the turn is over. */
async function talk(run: AgentTask, args: string[]): Promise<Record<string, unknown>[]> {
  const child = spawn(run.binary, args, { cwd: run.cwd, env: run.env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(userMessage({ id: run.messageId, text: run.prompt, timeoutMs: run.timeoutMs }));
  const said: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Record<string, unknown>;
    said.push(message);
    if (message.type === 'result') child.stdin.end();
  }
  return said;
}

const greeter = {
  mcpServers: { greeter: { command: process.execPath, args: [resolve('tests/fixtures/greeter-server.mjs')] } },
};

test('an agent, a skill and an MCP server of a profile and its parent reach the CLI', async () => {
  folder.write({
    'base/profile.yml': 'extends: code',
    'base/.claude/agents/oracle.md': '---\nname: oracle\ndescription: Knows the answer.\n---\nAnswer.',
    'base/.mcp.json': JSON.stringify(greeter),
    'x/profile.yml': 'extends: base',
    'x/.claude/skills/juggling/SKILL.md': '---\nname: juggling\ndescription: How to juggle.\n---\nThrow.',
  });
  const { init, turn } = await hear('x');
  expect(init).toMatchObject({
    agents: expect.arrayContaining(['oracle']),
    skills: expect.arrayContaining(['juggling']),
    mcp_servers: [expect.objectContaining({ name: 'greeter', status: 'connected' })],
    tools: expect.arrayContaining(['mcp__greeter__greet']),
  });
  expect(JSON.stringify(turn?.body)).toContain('mcp__greeter__greet');
});

test('what a profile says of the model, its effort and the system prompt reaches the model', async () => {
  folder.write({
    'x/profile.yml': [
      'claude:',
      '  model: claude-opus-4-6',
      '  effort: low',
      '  system_prompt: You are the canary of profiles.',
      '  agent: oracle',
      '  betas: [context-1m-2025-08-07]',
      '  max_budget_usd: 3',
      '  fallback_model: haiku',
      '  autocompact: 200000',
      '  add_dir: [/usr/share]',
      '  disable_slash_commands: true',
      '  exclude_dynamic_system_prompt_sections: true',
    ].join('\n'),
  });
  const { init, turn } = await hear('x', 'And this is appended.');
  expect(init).toMatchObject({ model: 'claude-opus-4-6', slash_commands: [] });
  const sent = JSON.stringify(turn?.body);
  for (const words of ['You are the canary of profiles.', 'And this is appended.', '"effort":"low"', '/usr/share'])
    expect(sent).toContain(words);
  expect(turn?.headers['anthropic-beta']).toContain('context-1m-2025-08-07');
});

test('the agent that a profile names does the task', async () => {
  folder.write({
    'x/profile.yml': 'claude: {agent: oracle}',
    'x/.claude/agents/oracle.md': '---\nname: oracle\ndescription: Knows.\ntools: Read\n---\nYou are the oracle.',
  });
  const { init, turn } = await hear('x');
  expect(init).toMatchObject({ tools: ['Read'] });
  expect(JSON.stringify(turn?.body?.system)).toContain('You are the oracle.');
});
