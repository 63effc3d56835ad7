import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isAlive } from '../../../processes/proc-table.ts';
import { createClaude } from '../../../runners/claude/agent.ts';
import type { AgentRun } from '../../../runners/agent.ts';
import { StandingAgent } from '../../../runners/standing-agent.ts';
import { WarmAgents } from '../../../runners/warm-agents.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import type { Script } from '../../support/model/scripted-model.ts';
import {
  CLAUDE,
  collect,
  createPlayground,
  nothingLeft,
  processesNamed,
  type Playground,
} from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';
import { until } from '../../support/until.ts';

const log = { warn: () => undefined, error: () => undefined, info: () => undefined };
const never = new AbortController().signal;
const agent = createClaude({ binary: CLAUDE });
let place: Playground;
let pool: WarmAgents;
beforeEach(() => {
  place = createPlayground();
});
afterEach(async () => {
  await pool.close();
  place.remove();
});

const start = (options: { limit?: number; idleMs?: number } = {}): WarmAgents =>
  (pool = new WarmAgents({ limit: 2, idleMs: 60_000, log, ...options }));

/** An agent that has answered one message, and its run. */
async function answered(url: string): Promise<{ standing: StandingAgent; run: AgentRun }> {
  const run = place.run(url);
  const standing = await StandingAgent.open(agent, run, []);
  await say(standing, 'hello');
  return { standing, run };
}

const say = (standing: StandingAgent, text: string): Promise<unknown> =>
  collect(standing.answer({ id: randomUUID(), text, timeoutMs: 60_000 }, { stopped: never, interrupted: never }));

const withAgents = (body: (url: string) => Promise<void>, script: Script = inOrder({ text: 'ok' })): Promise<void> =>
  withModel(script, ({ url }) => body(url));

test('an agent that is kept is given to its owner once, and answers again', () =>
  withAgents(async (url) => {
    const { standing } = await answered(url);
    start();
    await pool.keep('one', 'after 1', standing);
    expect(await pool.facts()).toEqual({ count: 1, limit: 2, memory_mb: expect.any(Number) });
    expect(await pool.take('two', 'after 1')).toBeUndefined();
    expect(await pool.take('one', 'after 1')).toBe(standing);
    expect(await pool.take('one', 'after 1')).toBeUndefined();
    await say(standing, 'again');
    await standing.close();
  }));

test('an agent that has missed something ends instead of being given', () =>
  withAgents(async (url) => {
    const { standing, run } = await answered(url);
    start();
    await pool.keep('one', 'after 1', standing);
    expect(await pool.take('one', 'after 2')).toBeUndefined();
    expect(await nothingLeft({ ...run, cwd: run.configDir })).toBe(true);
  }));

test('beyond the limit the one ends that was not asked for the longest time', () =>
  withAgents(async (url) => {
    start({ limit: 1 });
    const [first, second] = [await answered(url), await answered(url)];
    await pool.keep('one', 'x', first.standing);
    await pool.keep('two', 'x', second.standing);
    expect(await pool.take('one', 'x')).toBeUndefined();
    expect(first.standing.isOver).toBe(true);
    expect(await pool.take('two', 'x')).toBe(second.standing);
    await second.standing.close();
  }));

test('one that is not asked for long enough ends, and with a limit of 0 none is kept', () =>
  withAgents(async (url) => {
    start({ idleMs: 1 });
    const { standing } = await answered(url);
    await pool.keep('one', 'x', standing);
    await until(() => standing.isOver);
    expect((await pool.facts()).count).toBe(0);
    start({ limit: 0 });
    const other = await answered(url);
    await pool.keep('one', 'x', other.standing);
    expect(other.standing.isOver).toBe(true);
  }));

test('of an agent that is kept nothing stays but the agent itself: what it has started is killed', async () => {
  const sleep = `sleep ${200_000_000 + process.pid}`;
  const script = inOrder(bash(`env -i setsid ${sleep} > /dev/null 2>&1 & echo started`), { text: 'ok' });
  await withAgents(async (url) => {
    const { standing } = await answered(url);
    expect(await processesNamed(sleep)).toHaveLength(1);
    start();
    await pool.keep('one', 'x', standing);
    expect(await processesNamed(sleep)).toHaveLength(0);
    expect(pool.own('one').every((each) => isAlive(each))).toBe(true);
    expect(await pool.take('one', 'x')).toBe(standing);
    await say(standing, 'again');
    await standing.close();
  }, script);
});

test('one that is killed is forgotten', () =>
  withAgents(async (url) => {
    const { standing } = await answered(url);
    start();
    await pool.keep('one', 'x', standing);
    process.kill(standing.conversation.process.pid, 'SIGKILL');
    await until(async () => (await pool.facts()).count === 0);
    expect(await pool.take('one', 'x')).toBeUndefined();
  }));
