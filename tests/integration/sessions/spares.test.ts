import { randomUUID } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { removeOldSpares } from '../../../activities/sessions/spare-id.ts';
import { SpareAgents } from '../../../runners/spare-agents.ts';
import { CODEX_MODEL } from '../../support/codex-agent.ts';
import { bash } from '../../support/model/scripts.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { startSessionHost, type PlayedSession, type SessionHost } from '../../support/session-host.ts';
import { spareProcesses } from '../../support/spares.ts';
import { isLive } from '../../support/strays.ts';
import { until } from '../../support/until.ts';

let host: SessionHost;
let folder: string;
const script = ({ latest, system, calls }: Conversation): Reply => {
  if (latest === 'make a file' && calls.length === 0) return bash('echo made > made.txt');
  return { text: `${latest}: ${[...system.matchAll(/I am (\w+)/g)].map(([, name]) => name).join(' and ')}` };
};
const helper = (more: object = {}): Promise<PlayedSession> =>
  host.session({ profile: 'helper', package: 'helper', model_wait_s: 30, ...more });
const waiting = async (count: number): Promise<number[]> => {
  await until(async () => (await host.spares())?.count === count);
  return spareProcesses(host);
};

const CODEX = `agent: codex\ncodex: { model: ${CODEX_MODEL} }\n`;

describe.each([
  ['Claude', ''],
  ['Codex', CODEX],
  ['Codex without a sandbox', `${CODEX}sandbox: off\n`],
])('a spare agent of a package with %s', (_title, command) => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agenticore-package-'));
    await mkdir(join(folder, 'helper'));
    await writeFile(join(folder, 'helper', 'system.md'), 'I am Ada.\n');
    await writeFile(join(folder, 'helper', 'command.yml'), command);
    host = await startSessionHost(script, {
      AGENT_MODE: 'true',
      AGENT_MODE_PACKAGE_DIR: join(folder, 'helper'),
    });
  });
  afterAll(async () => {
    await host.end();
    await rm(folder, { recursive: true });
  });

  test('answers the first message of a session in what becomes its folder, and another takes its place', async () => {
    const before = await waiting(1);
    const session = await helper();
    const answer = await session.run('make a file');
    const { worktree_path = '' } = answer.made ?? {};
    expect(await readFile(join(worktree_path, 'made.txt'), 'utf8')).toBe('made\n');
    expect(worktree_path).toMatch(new RegExp(`${session.id}$`));
    expect(await session.run('again')).toMatchObject({ output: 'again: Ada', warm: true });
    expect(before.every(isLive)).toBe(true);
    await session.run('and', { cold: true });
    expect(before.some(isLive)).toBe(false);
    // The names under which it was started are gone with it.
    const left = async (): Promise<string[]> =>
      (await readdir(join(worktree_path, '..'), { withFileTypes: true }))
        .filter((each) => each.isSymbolicLink())
        .map(({ name }) => name);
    await until(async () => (await left()).length === 0);
    expect(await session.run('cold')).toMatchObject({
      ...{ output: 'cold: Ada', warm: false, restarted: false, agent_session: answer.agent_session },
    });
    expect(host.model.turns('make a file').at(-1)?.conversation?.calls).toHaveLength(1);
    await waiting(1);
  });

  test('is told the instructions of the first message beside those of its package, once', async () => {
    const before = await waiting(1);
    const session = await helper();
    const message = { id: randomUUID(), text: 'who', instructions: { text: 'I am Bob.' } };
    expect((await session.run('who', { message, cold: true })).output).toBe('who: Ada and Bob');
    expect(before.some(isLive)).toBe(false);
    expect((await session.run('who', { message: { ...message, id: randomUUID() } })).output).toBe('who: Ada and Bob');
  });

  test('is not taken by a session of another model, nor when its package has changed', async () => {
    const before = await waiting(1);
    await (await helper({ model: 'another-model' })).run('hello');
    expect(before.every(isLive)).toBe(true);
    await writeFile(join(folder, 'helper', 'system.md'), 'I am Eve.\n');
    const answer = await (await helper()).run('hello');
    expect(answer.output).toBe('hello: Eve');
    expect(before.some(isLive)).toBe(false);
  });

  test('ends when its package changes, and another is started; it ends with its package', async () => {
    const started = (): Promise<number[]> =>
      until(async () => {
        const pids = await spareProcesses(host);
        return pids.length > 0 && pids;
      });
    const before = await started();
    await writeFile(join(folder, 'helper', 'system.md'), 'I am Ida.\n');
    await until(() => !before.some(isLive));
    await started();
    expect((await (await helper()).run('hello')).output).toBe('hello: Ida');
    await started();
    await rm(join(folder, 'helper'), { recursive: true });
    await until(async () => (await spareProcesses(host)).length === 0 && (await host.spares())?.count === 0);
  });
});

test('where no spare agents are allowed none is made', () => {
  const made: string[] = [];
  const spares = new SpareAgents<string, never>({
    ...{ limit: 0, idleMs: 1_000, isBusy: () => false, log: pino({ enabled: false }) },
    make: (kind) => Promise.resolve(void made.push(kind)),
  });
  spares.want('one', 'one');
  expect(spares.take('one', 'one')).toBeUndefined();
  spares.fill();
  expect(made).toEqual([]);
});

test('what a worker that was killed has left of spare agents is removed; what another has is left alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-spares-'));
  try {
    const [dataDir, worktreeRoot] = [join(dir, 'data'), join(dir, 'worktrees')];
    await mkdir(join(dataDir, 'jobs'), { recursive: true });
    await mkdir(join(worktreeRoot, 'session'), { recursive: true });
    const gone = `spare.${process.pid}.1.abc0.${hostname()}`;
    const elsewhere = `spare.${process.pid}.1.abc0.elsewhere`;
    await symlink(join(worktreeRoot, 'session'), join(worktreeRoot, gone));
    await mkdir(join(dataDir, 'jobs', gone));
    await mkdir(join(dataDir, 'jobs', elsewhere));
    await removeOldSpares({ dataDir, worktreeRoot });
    expect(await readdir(worktreeRoot)).toEqual(['session']);
    expect((await lstat(join(worktreeRoot, 'session'))).isDirectory()).toBe(true);
    expect(await readdir(join(dataDir, 'jobs'))).toEqual([elsewhere]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
