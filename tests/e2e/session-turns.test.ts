import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PageOf } from '../../api/http/typed-app.ts';
import type { DiagnoseReply } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { call, type Product } from '../support/product.ts';
import {
  answered,
  createSession,
  decide,
  pendingApprovals,
  runEnded,
  say,
  transcriptsIn,
} from '../support/sessions.ts';
import { goneWith, processesWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

type Diagnosis = PageOf<typeof DiagnoseReply>;

let world: World;
let script: Script = () => ({ text: 'ok' });
const start = (env: Record<string, string> = {}): Promise<World> =>
  createWorld({ script: (conversation) => script(conversation), env: { AGENTICORE_SEAT_TIMEOUT_S: '6', ...env } });

const worktreeOf = (id: string): string => join(world.dir, 'data', 'worktrees', id);

const transcriptsOf = (id: string): Promise<string> => transcriptsIn(join(world.dir, 'data'), id);

/** What hosts have kept of the session's conversation under `root` for each other. */
async function sharedBy(root: string, id: string): Promise<string> {
  const folder = join(root, 'store', 'sessions', id);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')))).join('');
}

const eventsOf = async (url: string, id: string): Promise<LoggedEvent[]> =>
  (await call<{ events: LoggedEvent[] }>(url, `/sessions/${id}/events?limit=1000`)).body.events;

describe('a session', () => {
  let product: Product;
  beforeAll(async () => {
    world = await start();
    product = await world.start('serve');
  });
  afterAll(() => world.end());
  const url = (): string => product.url;

  test('has one conversation with one agent that stays between its answers, and ends with the session', async () => {
    script = ({ latest }) => ({ text: `I heard ${latest}.` });
    const { id } = await createSession(url());
    const runs = [];
    for (const word of ['the fox', 'the hen', 'the dog']) runs.push(await answered(url, id, word));
    expect(runs.map(({ output, warm }) => [output, warm])).toEqual([
      ['I heard the fox.', false],
      ['I heard the hen.', true],
      ['I heard the dog.', true],
    ]);
    expect(new Set(runs.map(({ cost_usd }) => cost_usd?.toFixed(9))).size).toBe(1);
    expect(processesWith(id).length).toBeGreaterThan(0);
    const { warm_agents: kept } = (await call<{ warm_agents: object }>(url(), '/daemon/status')).body;
    expect(kept).toEqual({ count: 1, limit: 3, memory_mb: expect.any(Number) });
    const ended = (await eventsOf(url(), id)).filter(({ event }) => event.type === 'run_ended');
    expect(ended.map(({ run }) => run)).toEqual([1, 2, 3]);
    await call(url(), `/sessions/${id}/close`, { json: {} });
    await goneWith(id);
    await until(() => !existsSync(worktreeOf(id)));
  });

  test('is forked up to an event, or with all that has ended, while it runs', async () => {
    const { promise: hold, resolve: release } = deferred();
    script = async ({ latest }) => {
      if (latest === 'the cat') await hold;
      return { text: `I heard ${latest}.` };
    };
    const { id } = await createSession(url(), { title: 'animals' });
    await answered(url, id, 'the fox');
    const { seq = 0 } = (await eventsOf(url(), id)).findLast(({ event }) => event.type === 'run_ended') ?? {};
    await answered(url, id, 'the hen');
    const { id: held } = await say(url(), id, 'the cat');
    await world.model.waitFor(({ conversation }) => conversation?.latest === 'the cat');
    const fork = async (json: object) => call<{ session: SessionRecord }>(url(), `/sessions/${id}/fork`, { json });
    const told = (): string => JSON.stringify(world.model.turns('the fox').at(-1)?.body?.messages);

    const early = (await fork({ at_event: seq, title: 'other animals' })).body.session;
    expect(early).toMatchObject({ title: 'other animals', forked_from: { session_id: id, run_id: `${id}.1` } });
    expect(early.warnings).toEqual([expect.stringContaining('The directory is a new one')]);
    expect(await answered(url, early.id, 'the dog')).toMatchObject({ output: 'I heard the dog.', restarted: false });
    expect(told()).toMatch(/the fox.*I heard the fox.*the dog/);
    expect(told()).not.toMatch(/the hen|the cat/);

    const all = (await fork({ idempotency_key: 'k' })).body.session;
    expect(all).toMatchObject({ title: 'animals', forked_from: { run_id: `${id}.2` } });
    expect((await fork({ idempotency_key: 'k' })).body.session.id).toBe(all.id);
    expect((await fork({ idempotency_key: 'k', title: 'x' })).status).toBe(422);
    expect(await answered(url, all.id, 'the owl')).toMatchObject({ output: 'I heard the owl.', restarted: false });
    expect(told()).toMatch(/the fox.*the hen.*I heard the hen.*the owl/);
    expect(told()).not.toContain('the cat');

    expect(await fork({ at_event: 1_000_000 })).toMatchObject({ status: 400, body: { field: 'at_event' } });
    expect((await call(url(), `/sessions/${randomUUID()}/fork`, { json: {} })).status).toBe(404);
    release();
    expect(await runEnded(url, held)).toMatchObject({ status: 'succeeded', output: 'I heard the cat.' });
  });

  test('whose warm agent is killed answers the next message all the same', async () => {
    script = ({ latest }) => ({ text: `I heard ${latest}.` });
    const { id } = await createSession(url());
    await answered(url, id, 'the fox');
    for (const pid of processesWith(id)) process.kill(pid, 'SIGKILL');
    const run = await answered(url, id, 'the hen');
    expect(run).toMatchObject({ status: 'succeeded', output: 'I heard the hen.', warm: false, restarted: false });
    expect(JSON.stringify(world.model.turns('the fox').at(-1)?.body?.messages)).toContain('I heard the fox.');
  });
});

describe('a session whose worker is killed', () => {
  let api: Product;
  const workers: Product[] = [];
  beforeAll(async () => {
    world = await start();
    api = await world.start('serve', { args: ['--no-worker'] });
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.kill();
  });
  afterAll(() => world.end());
  const url = (): string => api.url;
  const work = async (): Promise<Product> => {
    const worker = await world.start('worker');
    workers.push(worker);
    return worker;
  };

  test('in the middle of a turn goes on in its conversation, and does nothing twice', async () => {
    const { promise: hold, resolve: release } = deferred();
    script = fixingAgent({ commands: ['echo one >> log', 'echo started', { command: 'echo two >> log', hold }] });
    const worker = await work();
    const { id } = await createSession(url(), { approvals: 'none' });
    const { id: run } = await say(url(), id, 'write the log');
    await world.model.waitFor(({ conversation }) => conversation?.calls.at(1)?.result !== undefined);
    // The CLI records a result some time after it has sent it to the model.
    await until(async () => (await transcriptsOf(id)).split('"tool_result"').length > 2);
    const diagnosed = async () => (await call<Diagnosis>(url(), `/runs/${run}/diagnose`)).body.diagnostics;
    const before = await diagnosed();
    expect(before).toMatchObject({ worker_alive: true, alive_workers: 1, likely_issue: null });
    expect(processesWith(id)).toContain(before.active_pid);
    await worker.kill();
    await goneWith(id);
    const after = await until(async () => {
      const now = await diagnosed();
      return now.alive_workers === 0 && !now.worker_alive && now;
    });
    expect(after).toMatchObject({ active_pid: null, likely_issue: expect.stringContaining('No worker runs agents') });
    release();
    await work();
    expect(await runEnded(url, run)).toMatchObject({ status: 'succeeded', attempt: 2, restarted: false });
    expect(await readFile(join(worktreeOf(id), 'log'), 'utf8')).toBe('one\ntwo\n');
  });

  test('with its disk in the middle of a turn goes on from the shared store: nothing is asked of the model again', async () => {
    const { promise: hold, resolve: release } = deferred();
    script = fixingAgent({ commands: ['echo one', 'echo started', { command: 'echo two', hold }] });
    const root = join(world.dir, 'shared');
    const workOn = async (name: string): Promise<Product> => {
      const data = join(world.dir, name);
      const disk = { AGENTICORE_DATA_DIR: data, AGENTICORE_REPOS_ROOT: join(data, 'repos') };
      const worker = await world.start('worker', { env: { ...disk, AGENTICORE_SHARED_FS_ROOT: root } });
      workers.push(worker);
      return worker;
    };
    const worker = await workOn('one');
    const { id } = await createSession(url(), { approvals: 'none' });
    const { id: run } = await say(url(), id, 'write it elsewhere');
    await until(async () => (await sharedBy(root, id)).split('"tool_result"').length > 2);
    await worker.kill();
    await goneWith(id);
    release();
    await workOn('two');
    expect(await runEnded(url, run)).toMatchObject({ status: 'succeeded', attempt: 2, restarted: false });
    const turns = world.model.turns('write it elsewhere').map(({ conversation }) => conversation?.calls ?? []);
    expect(turns.filter((calls) => calls.length === 0)).toHaveLength(1);
    expect(turns.at(-1)?.map(({ input }) => (input as { command: string }).command)).toEqual([
      'echo one',
      'echo started',
      'echo two',
    ]);
  });

  test.each([true, false])('while an approval waits asks under the same id, and obeys (allow: %s)', async (allow) => {
    // What was under way when the agent died has no result that counts.
    script = fixingAgent({ commands: ['echo made >> log'], summary: 'done' });
    const worker = await work();
    const { id } = await createSession(url(), { approvals: 'ask' });
    const { id: run } = await say(url(), id, `write the log (${allow})`);
    const [before] = await pendingApprovals(url, id);
    await worker.kill();
    await goneWith(id);
    await work();
    const asked = async (): Promise<boolean> =>
      (await eventsOf(url(), id)).filter(({ event }) => event.type === 'approval_requested').length === 2;
    await until(asked);
    const after = await pendingApprovals(url, id);
    expect(after.map((each) => each.id)).toEqual([before?.id]);
    expect(await decide(url(), before?.id ?? '', allow ? 'allow' : 'deny')).toBe(200);
    expect(await decide(url(), before?.id ?? '', 'deny')).toBe(409);
    expect(await runEnded(url, run)).toMatchObject({ status: 'succeeded', output: 'done', attempt: 2 });
    const log = await readFile(join(worktreeOf(id), 'log'), 'utf8').catch(() => '');
    expect(log).toBe(allow ? 'made\n' : '');
    const refused = JSON.stringify(world.model.turns(`(${allow})`).at(-1)?.body?.messages).includes('not now');
    expect(refused).toBe(!allow);
  });
});
