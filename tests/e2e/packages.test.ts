import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../config/index.ts';
import { chat, type ChatAnswer } from '../support/chat.ts';
import { bash } from '../support/model/scripts.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { call, type Product } from '../support/product.ts';
import { commitFiles, createBareRepo } from '../support/sample-repo.ts';
import { spareProcesses } from '../support/spares.ts';
import { goneWith, isLive } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const HOOK = { type: 'command', command: 'sh "$AGENT_MODE_PACKAGE_DIR/guard.sh"' };

/** A package with all that one can have. */
const packageFiles = async (): Promise<Record<string, string>> => ({
  'system.md': 'I am Ada.',
  'CLAUDE.md': 'Remember the fox.',
  'command.yml': 'env: [START_UP_MARK]\nclaude:\n  model: haiku\n  permission_mode: bypassPermissions\n',
  '.mcp.json': JSON.stringify({
    mcpServers: { greeter: { command: process.execPath, args: ['${AGENT_MODE_PACKAGE_DIR}/greeter.mjs'] } },
  }),
  'greeter.mjs': await readFile(join(packageRoot, 'tests/fixtures/greeter-server.mjs'), 'utf8'),
  '.claude/settings.json': JSON.stringify({ hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [HOOK] }] } }),
  'guard.sh': 'if grep -q forbidden; then echo "The package does not allow it." >&2; exit 2; fi\n',
  '.claude/skills/foxes/SKILL.md': '---\nname: foxes\ndescription: All about foxes\n---\nFoxes are red.\n',
  '.claude/agents/hunter.md': '---\nname: hunter\ndescription: Looks for foxes\n---\nYou look for foxes.\n',
  'runners/1.sh': 'echo "$AGENT_MODE_PACKAGE_DIR" > "$START_UP_MARK"\n',
});

let world: World;
let product: Product;
let repo: string;

function script({ latest, system, calls }: Conversation): Reply {
  const next = [
    { tool: 'mcp__greeter__greet', input: {} },
    bash('echo forbidden > /dev/null')[0] ?? [],
    bash('echo welcome')[0] ?? [],
  ][calls.length];
  if (latest === 'use everything' && next !== undefined) return next;
  return { text: `I am ${/I am (\w+)\./.exec(system)?.[1] ?? 'nobody'}.` };
}

const start = (): Promise<Product> => world.start('serve');
beforeAll(async () => {
  world = await createWorld({ script });
  repo = join(world.dir, 'helper.git');
  await createBareRepo(repo, { files: await packageFiles() });
  const START_UP_MARK = join(world.dir, 'started');
  Object.assign(world.env, { AGENT_MODE: 'true', PACKAGE_REPO_URL: repo, START_UP_MARK });
  product = await start();
});
afterAll(() => world.end());

const ask = (text: string, headers: Record<string, string> = {}): Promise<ChatAnswer> =>
  chat(product.url, { model: 'helper', messages: [{ role: 'user', content: text }] }, headers);
/** Processes of spare agents, when there is one. */
const spares = (): Promise<number[]> =>
  until(async () => {
    const { body } = await call<{ spare_agents: { count: number } }>(product.url, '/daemon/status');
    return body.spare_agents.count === 1 && spareProcesses(world);
  });

test('everything that a package from a repository has counts: prompts, servers, hooks, skills, agents, flags, scripts', async () => {
  const answer = await ask('use everything');
  expect(answer.content).toBe('I am Ada.');
  const results = answer.frames
    .flatMap(({ data }) => data?.choices ?? [])
    .filter((choice) => choice.x_agenticore_event_type === 'tool_result')
    .map((choice) => [choice.x_agenticore_is_error, choice.delta.reasoning_content]);
  expect(results).toEqual([
    [false, expect.stringContaining('Hello from the server.')],
    [true, expect.stringContaining('The package does not allow it.')],
    [false, expect.stringContaining('welcome')],
  ]);
  const [first] = world.model.turns('use everything');
  const told = JSON.stringify(first?.body);
  for (const words of ['Remember the fox.', 'All about foxes', 'Looks for foxes']) expect(told).toContain(words);
  expect(String(first?.body?.model)).toContain('haiku');
  expect(await readFile(join(world.dir, 'started'), 'utf8')).toMatch(/synced\/package\/\w+/);
});

test('a new version is seen by the next turn, and by the spare agents, as soon as it is synced', async () => {
  const id = { 'x-conversation-id': randomUUID() };
  expect((await ask('who are you', id)).content).toBe('I am Ada.');
  const before = await spares();
  await commitFiles(repo, 'main', { 'system.md': 'I am Eve.' });
  expect((await ask('and now', id)).content).toBe('I am Ada.');
  const { body } = await call<{ problems: string[] }>(product.url, '/admin/sync?target=all', { method: 'POST' });
  expect(body.problems).toEqual([]);
  expect((await ask('and then', id)).content).toBe('I am Eve.');
  await until(() => !before.some(isLive));
  const after = await spares();
  expect((await ask('who are you')).content).toBe('I am Eve.');
  expect(after.every(isLive)).toBe(true);
});

test('a worker that is killed leaves no spare agent behind; the next one has its own', async () => {
  await spares();
  await product.kill();
  await goneWith(join(world.dir, 'data', 'jobs', 'spare.'));
  product = await start();
  expect((await spares()).length).toBeGreaterThan(0);
});
