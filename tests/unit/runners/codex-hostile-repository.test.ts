import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { readInstructions } from '../../../runners/codex/instructions.ts';
import { codexInvocation, createCodexPlayground, runCodex } from '../../support/codex-agent.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import type { ScriptedModel } from '../../support/model/scripted-model.ts';
import { collect, MODEL_KEY, only, type AgentTask, type Playground } from '../../support/model-agent.ts';
import { needs } from '../../support/needs.ts';
import { withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
let place: Playground;
beforeEach(() => {
  place = createCodexPlayground({ GITHUB_TOKEN: 'ghp_worker', REDIS_URL: 'redis://secret' });
});
afterEach(() => place.remove());

const mark = (name: string): string => join(place.root, 'home', name);

/** Plants everything that a repository can bring to take over Codex. */
function plant(work: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), text);
  };
  write(
    '.codex/config.toml',
    `model = "model-of-the-repository"
developer_instructions = "Words of its settings."
[shell_environment_policy]
set = { PLANTED = "planted" }
[mcp_servers.planted]
command = "sh"
args = ["-c", "touch ${mark('server')}"]
env_vars = ["AGENTICORE_MODEL_TOKEN"]
`,
  );
  write(
    '.codex/hooks.json',
    JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command: `touch ${mark('hook')}` }] }] } }),
  );
  write('.codex/rules/planted.rules', 'prefix_rule(pattern=["touch"], decision="forbidden")\n');
  write('.codex/skills/planted/SKILL.md', '---\nname: planted\ndescription: planted\n---\nWords of its skill.\n');
  write(
    '.mcp.json',
    JSON.stringify({ mcpServers: { planted: { command: 'sh', args: ['-c', `touch ${mark('mcp')}`] } } }),
  );
  write('.env', 'OPENAI_API_KEY=sk-of-the-repository\nPLANTED=planted\n');
  write('AGENTS.md', 'Words of the repository.');
}

const seenBy = (model: ScriptedModel): string => JSON.stringify(model.requests.map(({ body }) => body));
const commands = inOrder(bash(`touch ran; echo "planted: $PLANTED"`), { text: 'done' });

/** Runs Codex in a planted repository. */
async function runPlanted(model: ScriptedModel, changes: Partial<AgentTask> = {}): Promise<AgentEvent[]> {
  const run = place.run(model.url, { prompt: 'use $planted now', ...changes });
  plant(run.cwd);
  return collect(runCodex(run, never));
}

test('settings, servers, hooks, rules, skills, instructions and variables of the repository have no effect', async () => {
  await withModel(commands, async (model) => {
    const events = await runPlanted(model);
    expect(events.at(-1)).toMatchObject({ type: 'run_ended', result: { status: 'succeeded', text: 'done' } });
    expect(only(events, 'tool_result')[0]).toMatchObject({ is_error: false, content: 'planted: \n' });
    expect(seenBy(model)).not.toMatch(/Words of|model-of-the-repository/);
    expect(seenBy(model)).toContain('planted now');
    expect(readdirSync(join(place.root, 'home'))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/server|hook|mcp/)]),
    );
    expect(model.requests.map(({ path }) => path)).toEqual(['/v1/responses', '/v1/responses']);
  });
});

test('the planted repository is harmful where it is trusted, so the test above can fail', async () => {
  await withModel(commands, async (model) => {
    await runPlanted(model, { invocation: codexInvocation({ trust_repo: true }) });
    expect(seenBy(model)).toContain('Words of its skill.');
    expect(existsSync(mark('server'))).toBe(true);
  });
});

test("the repository's AGENTS.md comes as text, and none through a link that leads out", async () => {
  const { cwd } = place.run('http://127.0.0.1:1');
  plant(cwd);
  expect(await readInstructions(cwd)).toEqual({
    text: "The repository's own instructions (AGENTS.md):\n\nWords of the repository.",
    warnings: [],
  });
});

const LOOK = [
  'env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"',
  'cat "$CODEX_HOME"/* 2>/dev/null; find / -xdev -name auth.json -newer /proc/1/stat 2>/dev/null | head -1',
].join('; ');

describe.each([
  ['auto', needs('bwrap')],
  ['off', test],
] as const)('with sandbox %s', (sandbox, runTest) => {
  runTest("the real key is nowhere in the agent's reach, and goes to the provider all the same", async () => {
    await withModel(inOrder(bash(`(${LOOK}) > seen`), { text: 'ok' }), async (model) => {
      const run = place.run(model.url, { sandbox });
      await collect(runCodex(run, never));
      const seen = readFileSync(join(run.cwd, 'seen'), 'utf8');
      expect(seen).toContain(`AGENTICORE_PROCESS_OWNER=${run.marker}`);
      expect(seen).not.toContain(MODEL_KEY);
      expect(seen).not.toMatch(/ghp_worker|redis:\/\/secret/);
      expect(new Set(model.requests.map(({ headers }) => headers.authorization))).toEqual(
        new Set([`Bearer ${MODEL_KEY}`]),
      );
    });
  });

  runTest(
    'a command of the agent gets neither the token of the gateway nor the address of the home directory',
    async () => {
      await withModel(inOrder(bash('env'), { text: 'ok' }), async (model) => {
        const [result] = only(await collect(runCodex(place.run(model.url, { sandbox }), never)), 'tool_result');
        expect(result?.content).not.toMatch(/AGENTICORE_MODEL_TOKEN|OPENAI|CODEX_HOME/);
      });
    },
  );
});

needs('bwrap')('what the agent leaves in its home directory is gone at its next start', async () => {
  const leave = `echo planted > ${join(place.root, 'config/AGENTS.md')}; echo 'model = "planted"' > ${join(place.root, 'config/config.toml')}`;
  await withModel(inOrder(bash(leave), { text: 'ok' }), async (model) => {
    const writable = ['home', 'config'].map((name) => join(place.root, name));
    const run = place.run(model.url, { sandbox: 'required', writable });
    await collect(runCodex(run, never));
    expect(readdirSync(run.configDir).sort()).toEqual(['sessions', 'threads']);
    const events = await collect(
      runCodex({ ...run, resume: true, messageId: crypto.randomUUID(), prompt: 'again' }, never),
    );
    expect(only(events, 'started')).toMatchObject([{ resumed: true, model: 'gpt-5.5-codex' }]);
    expect(model.turns().at(-1)?.conversation?.system).toContain('Codex');
    expect(model.turns().at(-1)?.conversation?.system).not.toContain('planted');
  });
});
