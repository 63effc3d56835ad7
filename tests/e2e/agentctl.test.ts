import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import { AGENT_NAMES } from '../../contract/shared/agents.ts';
import type { SessionEventReply } from '../../contract/http/session.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';
import { createWorld, type World } from '../support/world.ts';

describe.each(AGENT_NAMES)('with %s', (agent) => {
  let world: World;
  let terminal: Terminal;
  beforeAll(async () => {
    world = await createWorld({ script: () => ({ text: 'hi' }) });
    const model = { OPENAI_API_KEY: 'sk-openai-of-this-test', OPENAI_BASE_URL: `${world.model.url}/v1` };
    const { url } = await world.start('serve', {
      env: { AGENTICORE_API_KEYS: 'local=dev-token', AGENTICORE_DEFAULT_AGENT: agent, ...(agent === 'codex' && model) },
    });
    const env = { ...world.env, AGENTCTL_URL: url, AGENTCTL_AUTH_TOKEN: 'dev-token' };
    terminal = openTerminal(packageRoot, env, join(world.dir, 'terminal'));
  });
  afterAll(async () => {
    await terminal.stop();
    await world.end();
  });

  /** What a person gets who types the commands in a clone. */
  const type = (...lines: string[]): Promise<string> => terminal.run(lines.join('\n'));
  const parsed = async (...lines: string[]) => JSON.parse(await type(...lines)) as Record<string, unknown>;
  const events = async (session: string): Promise<string[]> => {
    const list = (await parsed(`./bin/agentctl events list --session-id "${session}"`)) as unknown as SessionEventReply;
    return list.events.map(({ event_type }) => event_type);
  };

  test('the quickstart: a session answers a message, and shows how', async () => {
    expect(await type('./bin/agentctl --field daemon_health daemon status')).toBe('ok\n');
    const said = await type(
      'SESSION_ID=$(./bin/agentctl --field session.id session create)',
      'RUN_ID=$(./bin/agentctl --field run.id message send --session-id $SESSION_ID --text "Respond with exactly: hi" --idempotency-key k1)',
      'AGAIN=$(./bin/agentctl --field run.id message send --session-id $SESSION_ID --text "Respond with exactly: hi" --idempotency-key k1)',
      '[ "$RUN_ID" = "$AGAIN" ]',
      './bin/agentctl --field run.output run wait --run-id $RUN_ID',
      './bin/agentctl --field diagnostics.max_concurrency run diagnose --run-id $RUN_ID',
    );
    expect(said).toBe('hi\n3\n');
    expect(await events('$SESSION_ID')).toEqual(expect.arrayContaining(['user_message', 'text', 'run_ended']));
  });

  test('the escalation flow: a child asks its parent, and goes on with the answer', async () => {
    await type(
      'SPAWN=$(./bin/agentctl tool session-spawn --parent-run-id $RUN_ID --task "Ask for approval before risky actions")',
      `CHILD_SESSION_ID=$(printf '%s' "$SPAWN" | python3 -c 'import json,sys; print(json.load(sys.stdin)["session"]["id"])')`,
      `CHILD_RUN_ID=$(printf '%s' "$SPAWN" | python3 -c 'import json,sys; print(json.load(sys.stdin)["run"]["id"])')`,
      './bin/agentctl tool session-wait --run-id $CHILD_RUN_ID',
      './bin/agentctl tool session-reply-parent --run-id "$CHILD_RUN_ID" --request-kind approval_request --text "Need approval to run: rm -rf ./tmp-cache"',
      'NEXT=$(./bin/agentctl --field run.id tool session-send --session-id "$CHILD_SESSION_ID" --text "Approved. Proceed with cleanup only in ./tmp-cache.")',
    );
    expect(await type('./bin/agentctl --field run.status tool session-wait --run-id $NEXT')).toBe('succeeded\n');
    expect(await events('$SESSION_ID')).toEqual(expect.arrayContaining(['child_spawned', 'escalation']));
  });
});

test('bin has what the package installs', () => {
  const { bin } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  expect(Object.keys(bin)).toEqual(['agenticore', 'agentctl', 'agentd']);
});
